// SPDX-License-Identifier: MIT
// Every bound of the serving floor in one place. HTTP's own bounds are in http/limits.
#pragma once

#include <chrono>
#include <cstddef>

#include "base/clock.hpp"

namespace filesrv::serve::limits {

using namespace std::chrono_literals;

/// Connections accepted from one listener in one turn, so that a flood of connects does not starve requests.
inline constexpr std::size_t accepts_per_turn = 64;
/// Batches accepted from a listener that is about to close: its whole queue, as far as a queue can be long.
inline constexpr int drain_accept_batches = 4096 / accepts_per_turn;
/// The receive buffer of a thread: a whole head always fits, with room for what follows it.
inline constexpr std::size_t receive_buffer_bytes = 64 * 1024;
/// Connections that a reactor receives from before it looks for changes and answers them all, and the room for what they
/// send: fewer when what is left of it is no whole receive buffer.
inline constexpr std::size_t received_ahead_max = 16;
inline constexpr std::size_t received_ahead_bytes = 2 * receive_buffer_bytes;
/// One recv of an upload's body.
inline constexpr std::size_t body_buffer_bytes = 512 * 1024;
/// The reactor stores an upload of this size at most, where it need not wait for that; and it counts as so many answers of
/// its batch, for about as many take as long.
inline constexpr std::size_t inline_upload_bytes = 64 * 1024;
inline constexpr std::size_t answers_per_inline_upload = 4;
/// So many reads of a body in a row, without a pause of the sender, and the reactor is not woken by it any more.
inline constexpr std::size_t fast_body_reads = 4;
/// Answers gathered before one send. A batch ends when any is reached: its text, that with the bodies it refers to, or
/// the number of its pieces. A peer that reads nothing costs the first two.
inline constexpr std::size_t output_text_bytes = 64 * 1024;
inline constexpr std::size_t output_batch_bytes = 128 * 1024;
inline constexpr std::size_t output_batch_pieces = 64;
/// The buffer of a batch that was sent is kept up to this size.
inline constexpr std::size_t output_kept_bytes = 128 * 1024;
/// Bodies up to this size are copied behind their head; larger ones are sent from where they lie.
inline constexpr std::size_t copied_body_bytes = 16 * 1024;
/// One slice of a file: after each, others get their turn.
inline constexpr std::size_t slice_bytes = 256 * 1024;
/// Connections to which a reactor sends on in one turn, a slice each, before it looks for requests again.
inline constexpr std::size_t senders_per_turn = 2;
/// Who made no room for so long reads slowly: the reactor sends in place what such a reader can make room for at once,
/// which is the kernel's buffer for what is to be sent (tcp(7), tcp_wmem).
inline constexpr Duration slow_reader_wait = 20ms;
inline constexpr std::size_t gathered_bytes = 4 * 1024 * 1024;
/// Beyond so many connections the kernel takes no more than this of each for later. Thousands who read slowly would fill
/// its memory otherwise, and have all the time of the workers; of a few, its own bound costs less processor time.
inline constexpr std::size_t connections_unbounded = 64;
inline constexpr std::size_t unsent_bytes = 128 * 1024;
/// A request body that nobody wants is read and dropped up to this size; beyond it the connection closes.
inline constexpr std::size_t discarded_body_bytes = 64 * 1024;
/// A lingering close ends after this silence, and after this time in all (RFC 9112 section 9.6).
inline constexpr Duration linger_silence = 5s;
inline constexpr Duration linger_total = 30s;
/// So many may linger at least, else one for forty connections: they hold a descriptor each and are none of n.
inline constexpr std::size_t lingering_min = 16;
/// A connection idle for less than this when a drain begins may still send one request.
inline constexpr Duration drain_grace = 1s;
/// How often a drain looks at what is left.
inline constexpr Duration drain_interval = 50ms;
/// The staging folder goes so long after the last upload.
inline constexpr Duration tidy_delay = 1s;
/// How often idle connections are looked at where the stall timeout is below T.
inline constexpr Duration short_look = 100ms;
/// An idle exit that found somebody tries again no sooner.
inline constexpr Duration idle_exit_retry = 100ms;
/// Who connected so short a time ago is about to ask: the idle exit waits for the request.
inline constexpr Duration newcomer_grace = 30ms;
/// Accepting rests this long after the descriptors ran out.
inline constexpr Duration accept_backoff = 100ms;
/// Entries on their way from workers to a reactor's cache. A worker makes them faster than a busy reactor takes them.
inline constexpr std::size_t fills_waiting_max = 64;
/// The reactor's longest wait while requests wait for a worker: it is the pool's monitor.
inline constexpr Duration monitor_wait = 2ms;
/// Connections that a reactor describes in one turn for who wants a list, and looks at for who wants one of them.
inline constexpr std::size_t connections_described_per_turn = 256;
inline constexpr std::size_t connections_searched_per_turn = 4096;
/// Access-log lines that a thread gathers before it writes them, if its turn does not end sooner.
inline constexpr std::size_t log_lines_bytes = 64 * 1024;
/// A listing up to this size is made whole, and gets a length and a tag; a larger one is made while it is sent.
inline constexpr std::size_t listing_whole_bytes = 256 * 1024;
/// Listings under way that may hold a long window of names (store/folder.hpp), up to 1 MiB each.
inline constexpr std::size_t long_windows_max = 32;
/// Rows are made until a piece of a listing has this size.
inline constexpr std::size_t listing_piece_bytes = 64 * 1024;
/// What an answer may have to tell of the files of a form, whose names may be long, and longer when escaped; more → 413.
inline constexpr std::size_t form_answer_bytes = 4 * 1024 * 1024;
/// Files of a form that wait, each with a descriptor, because a digest of the whole form came with it; more → 413.
inline constexpr std::size_t held_files_max = 64;

}  // namespace filesrv::serve::limits
