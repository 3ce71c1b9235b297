// SPDX-License-Identifier: MIT
// mutate: sends mutated requests to a running server and judges what comes back.
//   mutate --target unix:/tmp/s --corpus tests/fuzz/corpus --count 1000000 --seed 7
//   mutate --target localhost:8080 --replay mutated-7-4711.bin
// Exit status: 0 = nothing was wrong, 1 = something was, 2 = usage.
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include "base/numbers.hpp"
#include "corpus.hpp"
#include "mutator.hpp"
#include "os/clock.hpp"
#include "report.hpp"
#include "sender.hpp"

using namespace filesrv;
using namespace filesrv::mutate;

namespace {

struct Options {
    std::string target, corpus, replay;
    ReportSettings report{.seed = 1, .count = 1000, .failures = "."};
    SenderSettings sender;
};

struct UsageError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

constexpr const char* usage =
    "usage: mutate --target unix:PATH|HOST:PORT --corpus DIR [--count N] [--seed S] [--in-flight N]\n"
    "              [--patience SEC] [--secret TEXT] [--failures DIR]\n"
    "       mutate --target unix:PATH|HOST:PORT --replay FILE\n";

template <class Number>
Number checked(const std::optional<Number>& number, std::string_view name) {
    if (!number) throw UsageError(std::string(name) + " needs another value");
    return *number;
}

void set(Options& options, std::string_view name, const std::string& value) {
    if (name == "--target")
        options.target = value;
    else if (name == "--corpus")
        options.corpus = value;
    else if (name == "--replay")
        options.replay = value;
    else if (name == "--secret")
        options.report.secret = value;
    else if (name == "--failures")
        options.report.failures = value;
    else if (name == "--count")
        options.report.count = checked(parse_decimal(value), name);
    else if (name == "--seed")
        options.report.seed = checked(parse_decimal(value), name);
    else if (name == "--patience")
        options.sender.patience = checked(parse_seconds(value), name);
    else if (name == "--in-flight")
        options.sender.in_flight = checked(parse_decimal(value), name);
    else
        throw UsageError("unknown option " + std::string(name));
}

Options parse(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) throw UsageError(std::string(argv[i]) + " needs a value");
        set(options, argv[i], argv[i + 1]);
    }
    if (options.target.empty() || options.corpus.empty() == options.replay.empty())
        throw UsageError("--target and one of --corpus and --replay must be given");
    if (options.sender.in_flight < 1 || options.sender.in_flight > 256)
        throw UsageError("--in-flight is from 1 to 256");
    return options;
}

/// Whether the server still answers what every server answers.
bool still_serves(const Endpoint& endpoint, const SenderSettings& settings, const Clock& clock) {
    bool answered = false;
    Sender sender(endpoint, settings, clock);
    const auto ran = sender.run(
        1, [](std::uint64_t) { return std::string("OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"); },
        [&answered](const Exchange& exchange) {
            const Verdict verdict = judge(exchange.conversation(), {});
            answered = verdict.wrong.empty() && verdict.classes[2] == 1;
            return true;
        });
    if (!answered)
        std::printf("FAIL the server serves no more: %s\n",
                    ran ? "no good answer" : ran.error().message().c_str());
    return answered;
}

bool run(const Options& options, const Endpoint& endpoint, const Clock& clock) {
    const Corpus corpus = read_corpus(options.corpus);
    const Mutator mutator({.seeds = corpus.seeds, .values = corpus.values}, options.report.seed);
    Report report(options.report, clock.now());
    Sender sender(endpoint, options.sender, clock);
    const auto ran = sender.run(
        options.report.count, [&mutator](std::uint64_t number) { return mutator.make(number); },
        [&](const Exchange& exchange) { return report.add(exchange, clock.now()); });
    if (!ran) std::printf("FAIL %s\n", ran.error().message().c_str());
    const bool alive = still_serves(endpoint, options.sender, clock);
    return report.finish(sender.connects_failed(), clock.now()) && ran && alive;
}

bool replay(const Options& options, const Endpoint& endpoint, const Clock& clock) {
    const std::string request = read_file(options.replay);
    bool right = false;
    Sender sender(endpoint, options.sender, clock);
    const auto ran = sender.run(
        1, [&request](std::uint64_t) { return request; },
        [&](const Exchange& exchange) {
            return right = show(exchange.conversation(), options.report.secret);
        });
    if (!ran) throw std::runtime_error(ran.error().message());
    return right;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        const Options options = parse(argc, argv);
        const auto endpoint = parse_endpoint(options.target);
        if (!endpoint) throw UsageError(endpoint.error().message());
        const os::SystemClock clock;
        const bool right =
            options.replay.empty() ? run(options, *endpoint, clock) : replay(options, *endpoint, clock);
        return right ? 0 : 1;
    } catch (const UsageError& error) {
        std::fprintf(stderr, "mutate: %s\n%s", error.what(), usage);
        return 2;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "mutate: %s\n", error.what());
        return 1;
    }
}
