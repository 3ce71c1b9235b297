// SPDX-License-Identifier: MIT
// What a connection holds while one request takes longer than a turn: the request, its body's task, the unsent answer.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/assert.hpp"
#include "http/request.hpp"
#include "http/request_head.hpp"
#include "serve/body_source.hpp"
#include "serve/kept_record.hpp"
#include "serve/output_batch.hpp"
#include "serve/transfers.hpp"
#include "serve/upload_task.hpp"
#include "serve/worker_pool.hpp"
#include "store/entry.hpp"

namespace filesrv::serve {

class Connection;
class Server;

/// Owned by its connection and touched only under the connection's lease. As a job of the pool it carries the lease
/// from the reactor to a worker, and with it the parsed request.
class Exchange final : public Job {
public:
    Exchange(Server& server, Connection& connection) noexcept : server_(server), connection_(connection) {}
    ~Exchange() override { FS_ASSERT(!transfer_shown); }

    /// A worker of the pool takes the lease over.
    void run(Worker& worker) noexcept override;

    /// Keeps a parsed request: copies the bytes of its head, finds its meaning again in the copy.
    void keep_request(const http::RequestHead& parsed, std::string_view head_bytes);
    /// The kept request has been answered.
    void drop_request() noexcept;

    /// More of the answer follows `output`.
    [[nodiscard]] bool has_body_to_send() const noexcept { return file.is_active() || source != nullptr; }

    bool has_request = false;
    bool upload_began = false;           ///< of the kept request: every check before its body has passed
    bool transfer_shown = false;         ///< to those who ask
    Transfer transfer;                   ///< what `file`, `source` or `upload` carry
    Instant began{};                     ///< when the request was parsed
    http::RequestHead head;
    http::Request request;
    store::EntryRef entry;               ///< what the reactor found for the request; to be revalidated
    std::unique_ptr<UploadTask> upload;  ///< its body is being received
    OutputBatch output;                  ///< what the socket has not taken
    FileTransfer file;                   ///< what follows `output`
    std::unique_ptr<BodySource> source;  ///< makes what follows `file`
    bool chunked = false;                ///< the source's text goes out in chunks (RFC 9112 section 7.1)
    bool until_close = false;            ///< only the close tells where the body ends (HTTP/1.0)
    bool source_waits = false;           ///< the last piece was waited for: so may the next one be
    std::optional<KeptRecord> record;    ///< access log: of the answer that `file` and `source` belong to

private:
    void log_holder(const Worker& worker) const noexcept;

    Server& server_;
    Connection& connection_;
    std::string head_bytes_;
};

}  // namespace filesrv::serve
