// SPDX-License-Identifier: MIT
// The client of the growth measurements: holds connections and asks for files, as its standard input tells it.
// usage: load PORT
//
//   open N          opens connections until there are N
//   ask N K DEPTH   N requests in all, by the first K connections, each DEPTH at a time
//   each N K        N requests, a connection each, K at a time
//   targets FILE    what is asked for from now on: one a line, drawn in an order that is always the same
//   close           closes all connections
//
// Each is answered with a line: how many bytes of bodies came. Anything unexpected ends the program and says what it was: the figures
// of a run in which something went wrong would mean nothing.
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "base/assert.hpp"
#include "base/error.hpp"
#include "base/numbers.hpp"
#include "event/poller.hpp"
#include "os/sockaddr.hpp"
#include "os/socket.hpp"

namespace filesrv::growth {
namespace {

/// Fewer than there are ephemeral ports, so that none runs out while closed connections rest in TIME_WAIT, tcp(7).
constexpr std::size_t connects_per_address = 10'000;
constexpr std::size_t buffer_bytes = 1 << 20;

[[noreturn]] void die(const std::string& what) {
    std::cerr << "load: " << what << std::endl;
    std::exit(1);
}

template <class T>
T require(Result<T> result) {
    if (!result) die(result.error().message());
    return std::move(*result);
}

std::size_t number(std::string_view text) {
    const auto parsed = parse_decimal(text);
    if (!parsed) die("not a number: " + std::string(text));
    return static_cast<std::size_t>(*parsed);
}

/// The length of the body that follows a whole head.
std::uint64_t body_length(std::string_view head) {
    constexpr std::string_view name = "\r\nContent-Length: ";
    const std::size_t found = head.find(name);
    if (!head.starts_with("HTTP/1.1 200 ") || found == head.npos) die("not the answer expected: " + std::string(head));
    const std::string_view rest = head.substr(found + name.size());
    return number(rest.substr(0, rest.find('\r')));
}

class Load;

struct Client final : event::Watch {
    explicit Client(Load& owner) noexcept : load(owner) {}
    void on_ready(event::Readiness ready) noexcept override;

    Load& load;
    os::UniqueFd socket;
    std::string head;             ///< the beginning of one, while its end has not come
    std::uint64_t body_left = 0;  ///< bytes of a body that have not come
    std::size_t awaited = 0;      ///< answers
};

class Load {
public:
    explicit Load(std::uint16_t port) : poller_(require(event::Poller::create())), buffer_(buffer_bytes) {
        server_.family = os::AddressFamily::v4;
        server_.port = port;
        server_.bytes = {127, 0, 0, 1};
    }

    void open(std::size_t count);
    void ask(std::size_t requests, std::size_t connections, std::size_t depth);
    void each(std::size_t requests, std::size_t connections);
    void read_targets(const std::string& file);
    void close() noexcept { clients_.clear(); }

    void receive(Client& client);
    [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

private:
    void connect(Client& client);
    void begin(std::size_t requests, std::size_t connections);
    void send_more(Client& client);
    void consume(Client& client, std::string_view bytes);
    std::size_t take_head(Client& client, std::string_view bytes);
    void answered(Client& client);
    void ended(Client& client);
    void wait_for_answers();

    event::Poller poller_;
    os::PeerAddress server_;
    std::size_t connects_ = 0;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<std::string> requests_;  ///< whole heads to choose from
    std::uint64_t random_ = 1;
    std::string batch_;
    std::vector<char> buffer_;
    std::size_t depth_ = 1;
    bool closing_ = false;        ///< each connection is for one request
    std::size_t unsent_ = 0;      ///< requests
    std::size_t unanswered_ = 0;  ///< requests, sent or not
    std::uint64_t bytes_ = 0;     ///< of all bodies so far
};

void Client::on_ready(event::Readiness) noexcept { load.receive(*this); }

/// From ever new addresses of the loopback: their ports are used up otherwise.
void Load::connect(Client& client) {
    os::PeerAddress from = server_;
    from.port = 0;
    from.bytes[2] = static_cast<std::uint8_t>(1 + connects_++ / connects_per_address % 250);
    sockaddr_storage address{};
    socklen_t length = os::to_sockaddr(from, address);
    client.socket = os::UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int fd = client.socket.number();
    const int on = 1;
    // Else bind(2) would choose the port, and only among those that nobody uses at that address at all, ip(7).
    if (::setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) != 0 ||
        ::bind(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        die(Error{.code = errno, .operation = "bind"}.message());
    }
    length = os::to_sockaddr(server_, address);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), length) != 0) {
        die(Error{.code = errno, .operation = "connect"}.message());
    }
    os::set_no_delay(client.socket.get());
    if (auto added = poller_.add(client.socket.get(), event::Interest::level_read, client); !added) die(added.error().message());
}

void Load::open(std::size_t count) {
    while (clients_.size() < count) {
        clients_.push_back(std::make_unique<Client>(*this));
        connect(*clients_.back());
        os::reset_on_close(clients_.back()->socket.get(), true);  // leaves nothing behind that would slow what is measured next
    }
}

void Load::read_targets(const std::string& file) {
    std::ifstream lines(file);
    requests_.clear();
    for (std::string line; std::getline(lines, line);) requests_.push_back(std::move(line));
    if (requests_.empty()) die("no targets in " + file);
}

void Load::begin(std::size_t requests, std::size_t connections) {
    FS_ASSERT(unanswered_ == 0 && connections > 0);
    if (requests_.empty() || clients_.size() < connections) die("there are no targets, or too few connections");
    unsent_ = unanswered_ = requests;
    random_ = 88172645463325252U;
    for (std::size_t i = 0; i < connections; ++i) send_more(*clients_[i]);
    wait_for_answers();
}

void Load::ask(std::size_t requests, std::size_t connections, std::size_t depth) {
    FS_ASSERT(depth > 0);
    depth_ = depth;
    closing_ = false;
    begin(requests, connections);
}

void Load::each(std::size_t requests, std::size_t connections) {
    close();
    depth_ = 1;
    closing_ = true;
    while (clients_.size() < connections) connect(*clients_.emplace_back(std::make_unique<Client>(*this)));
    begin(requests, connections);
}

/// Marsaglia's xorshift: any sequence does that is the same in every run.
void Load::send_more(Client& client) {
    FS_ASSERT(client.awaited == 0);
    batch_.clear();
    for (; client.awaited < depth_ && unsent_ > 0; ++client.awaited, --unsent_) {
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        batch_.append("GET ").append(requests_[random_ % requests_.size()]).append(" HTTP/1.1\r\nHost: localhost\r\n");
        batch_.append(closing_ ? "Connection: close\r\n\r\n" : "\r\n");
    }
    if (batch_.empty()) return;
    const os::IoResult sent = os::send(client.socket.get(), batch_);
    if (!sent.ok() || sent.bytes < batch_.size()) die("a batch of requests could not be sent");
}

void Load::wait_for_answers() {
    std::array<event::Event, 256> batch;
    while (unanswered_ > 0) {
        const auto ready = poller_.wait(std::chrono::seconds(60), batch);
        if (ready.empty()) die(std::to_string(unanswered_) + " answers have not come within a minute");
        for (const event::Event& event : ready) event.watch->on_ready(event.ready);
    }
}

void Load::receive(Client& client) {
    if (!client.socket.is_open()) return;
    // What is not looked at need not be copied: MSG_TRUNC drops it in the kernel, tcp(7).
    const bool dropped = client.body_left >= buffer_.size();
    const ssize_t got = ::recv(client.socket.number(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | (dropped ? MSG_TRUNC : 0));
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0) die(Error{.code = errno, .operation = "recv"}.message());
    if (got == 0) return ended(client);
    const auto bytes = static_cast<std::size_t>(got);
    bytes_ += dropped ? bytes : 0;
    if (!dropped) return consume(client, {buffer_.data(), bytes});
    client.body_left -= bytes;
    if (client.body_left == 0) answered(client);
}

void Load::consume(Client& client, std::string_view bytes) {
    while (!bytes.empty()) {
        if (client.body_left == 0) {
            bytes.remove_prefix(take_head(client, bytes));
            if (!client.head.empty()) return;
        }
        const auto taken = static_cast<std::size_t>(std::min<std::uint64_t>(client.body_left, bytes.size()));
        client.body_left -= taken;
        bytes_ += taken;
        bytes.remove_prefix(taken);
        if (client.body_left == 0) answered(client);
    }
}

/// How many of the bytes are a head's. `head` is empty afterwards when that is whole.
std::size_t Load::take_head(Client& client, std::string_view bytes) {
    if (client.awaited == 0) die("more came than was asked for");
    const std::size_t before = client.head.size();
    client.head.append(bytes.substr(0, 4096));
    const std::size_t end = client.head.find("\r\n\r\n");
    if (end == client.head.npos) return client.head.size() - before;
    client.body_left = body_length(std::string_view(client.head).substr(0, end + 2));
    client.head.clear();
    return end + 4 - before;
}

void Load::answered(Client& client) {
    FS_ASSERT(client.awaited > 0 && unanswered_ > 0);
    --unanswered_;
    if (--client.awaited == 0 && !closing_) send_more(client);
}

void Load::ended(Client& client) {
    if (!closing_ || client.awaited > 0) die("the server has closed a connection");
    client.socket.reset();
    if (unsent_ == 0) return;
    connect(client);
    send_more(client);
}

void obey(Load& load, const std::vector<std::string>& words) {
    const std::string_view verb = words.empty() ? std::string_view() : words[0];
    if (verb == "open" && words.size() == 2) load.open(number(words[1]));
    else if (verb == "ask" && words.size() == 4) load.ask(number(words[1]), number(words[2]), number(words[3]));
    else if (verb == "each" && words.size() == 3) load.each(number(words[1]), number(words[2]));
    else if (verb == "targets" && words.size() == 2) load.read_targets(words[1]);
    else if (verb == "close" && words.size() == 1) load.close();
    else die("no such command");
}

std::vector<std::string> split(std::string_view line) {
    std::vector<std::string> words;
    while (!line.empty()) {
        const std::size_t end = std::min(line.find(' '), line.size());
        if (end > 0) words.emplace_back(line.substr(0, end));
        line.remove_prefix(std::min(end + 1, line.size()));
    }
    return words;
}

}  // namespace
}  // namespace filesrv::growth

int main(int count, char** words) {
    using namespace filesrv::growth;
    if (count != 2) die("usage: load PORT");
    Load load(static_cast<std::uint16_t>(number(words[1])));
    for (std::string line; std::getline(std::cin, line);) {
        const std::uint64_t before = load.bytes();
        obey(load, split(line));
        std::cout << load.bytes() - before << std::endl;
    }
}
