// SPDX-License-Identifier: MIT
// From the configuration's words to those of the floors below.
#include "daemon/serve_settings.hpp"

#include <algorithm>

#include "base/assert.hpp"
#include "serve/entity.hpp"
#include "serve/limits.hpp"

namespace filesrv::daemon {
namespace {

serve::AccessLogFormat access_log_format(config::AccessLogFormat format, const Surroundings& surroundings) {
    switch (format) {
        case config::AccessLogFormat::automatic:
            if (surroundings.stdout_is_journal) return serve::AccessLogFormat::journal;
            return surroundings.stdout_is_terminal ? serve::AccessLogFormat::short_line : serve::AccessLogFormat::off;
        case config::AccessLogFormat::off: return serve::AccessLogFormat::off;
        case config::AccessLogFormat::common: return serve::AccessLogFormat::common;
        case config::AccessLogFormat::combined: return serve::AccessLogFormat::combined;
        case config::AccessLogFormat::json: return serve::AccessLogFormat::json;
    }
    FS_UNREACHABLE("unknown access log format");
}

/// Loopback's names are demanded only where nobody else can connect: on a wider address the client may know us by any.
http::HostPolicy host_policy(const config::Config& config, std::span<const Listener> listeners) {
    http::HostPolicy policy{.loopback_only = false, .names = {}, .any = false};
    bool wide = false;
    bool loopback = false;
    for (const Listener& listener : listeners) {
        loopback = loopback || listener.loopback;
        wide = wide || (!listener.loopback && !listener.unix_socket);
    }
    policy.loopback_only = loopback && !wide;
    for (const std::string& name : config.hosts) {
        if (name == "*") policy.any = true;
        else policy.names.push_back(name);
    }
    policy.any = policy.any || (!policy.loopback_only && policy.names.empty());
    return policy;
}

/// The cache keeps a descriptor for each larger file; most are left for connections and uploads.
constexpr std::uint64_t cached_descriptors(std::uint64_t fd_limit) { return std::clamp<std::uint64_t>(fd_limit / 20, 16, 1024); }

/// A fortieth among all caches: more of them are found to be changed by looking.
constexpr std::uint64_t trusted_descriptors(std::uint64_t fd_limit, std::uint64_t caches) {
    return std::min<std::uint64_t>(fd_limit / 40 / caches, 1024);
}

/// What waits for the end of a form may take an eighth; one form of the largest kind always can be taken.
constexpr std::size_t held_descriptors(std::uint64_t fd_limit) {
    return static_cast<std::size_t>(std::max<std::uint64_t>(fd_limit / 8, serve::limits::held_files_max));
}

constexpr std::size_t connections_of(std::uint32_t wanted, std::uint64_t fd_limit) {
    return wanted > 0 ? wanted : static_cast<std::size_t>(std::max<std::uint64_t>(fd_limit / 10 * 9, 1));
}

store::Durability store_durability(config::Durability durability) {
    switch (durability) {
        case config::Durability::full: return store::Durability::full;
        case config::Durability::data: return store::Durability::data;
        case config::Durability::none: return store::Durability::none;
    }
    FS_UNREACHABLE("unknown durability");
}

}  // namespace

serve::Settings serve_settings(const config::Config& config, std::span<const Listener> listeners,
                               Surroundings surroundings) {
    serve::Settings settings;
    settings.timeout_min = config.timeout_min;
    settings.timeout_max = config.timeout_max;
    settings.stall_timeout = config.stall_timeout;
    settings.idle_shutdown = config.idle_shutdown;
    settings.drain_timeout = config.drain_timeout;
    settings.connections_max = connections_of(config.max_connections, surroundings.fd_limit);
    settings.per_address_max = config.per_address;
    settings.workers_min = config.workers.min;
    settings.workers_max = config.workers.max;
    settings.reactors = config.reactors;
    settings.inline_batch = config.inline_batch;
    settings.upload_bytes_max = config.max_upload;
    settings.uploads = !config.read_only;
    settings.deletes = config.allow_delete && !config.read_only;
    settings.listing = !config.no_listing;
    settings.precompressed = config.precompressed;
    settings.cache_control = config.cache_control;
    settings.server_field = config.server_header;
    settings.hosts = host_policy(config, listeners);
    settings.held_files_max = held_descriptors(surroundings.fd_limit);
    if (config.reactors > 1) settings.cache.trusted_open_max = trusted_descriptors(surroundings.fd_limit, config.reactors);
    settings.cache.descriptors_max = cached_descriptors(surroundings.fd_limit);
    settings.access_log = access_log_format(config.access_log.format, surroundings);
    settings.access_log_path = config.access_log.path;
    return settings;
}

store::StoreOptions store_options(const config::Config& config) {
    store::StoreOptions options;
    options.root = config.root;
    options.follow_symlinks = !config.no_follow_symlinks;
    options.hidden = config.hidden;
    options.read_only = config.read_only;
    options.durability = store_durability(config.durability);
    options.min_free = config.min_free;
    options.annotate = [cache_control = config.cache_control, precompressed = config.precompressed](store::Entry& entry) {
        serve::set_ready_heads(entry, serve::entity_policy_of(cache_control, precompressed));
    };
    return options;
}

}  // namespace filesrv::daemon
