// SPDX-License-Identifier: MIT
// What doctor finds in given facts, and what it leaves alone.
#include "tools/filesrvctl/findings.hpp"

#include <algorithm>

#include <doctest/doctest.h>

using namespace filesrv;
using namespace filesrv::ctl;

namespace {

Unit unit_of(std::initializer_list<std::pair<const char*, const char*>> properties) {
    Unit unit;
    for (const auto& [name, value] : properties) unit.add(name, value);
    return unit;
}

/// Asleep and well.
UnitFacts healthy_unit(const char* socket_state = "active", const char* socket_result = "success", const char* service_state = "inactive") {
    const Unit service = unit_of({{"Id", "filesrv.service"}, {"LoadState", "loaded"}, {"ActiveState", service_state}, {"Result", "success"}});
    const Unit socket = unit_of({{"Id", "filesrv.socket"}, {"LoadState", "loaded"}, {"ActiveState", socket_state}, {"Result", socket_result}});
    UnitFacts unit{.instance = {.name = "filesrv", .manager = Manager::system, .service = service, .sockets = {socket}}, .configured = {},
                   .conflict = {}, .user_known = true, .taken = {}, .counters = {}, .serving = {}};
    unit.configured.file = "/etc/filesrv/filesrv.toml";
    unit.serving = ServingFacts{.root = {.path = "/srv/share", .user = "filesrv", .writing = true, .fenced = false, .access = RootAccess::fine,
                                         .free_bytes = 1ULL << 40, .min_free = 0},
                                .descriptors_max = 1024, .connections_max = 0, .timeout_max_s = 20, .idle_shutdown_s = 60};
    return unit;
}

/// Started by hand, and well.
DaemonFacts healthy_daemon() {
    return {.socket = "/run/user/7/filesrv/8080.sock", .pid = 12, .instance = {}, .workers_stuck = 0, .serving = *healthy_unit().serving};
}

std::vector<Finding> findings_of(const UnitFacts& unit) {
    Facts facts;
    facts.units.push_back(unit);
    return find(facts);
}

std::vector<Finding> findings_of(const DaemonFacts& daemon) {
    Facts facts;
    facts.daemons.push_back(daemon);
    return find(facts);
}

/// Exactly this finding, whose command has these words.
void check_one(const std::vector<Finding>& found, const std::string& code, const std::string& mend) {
    CAPTURE(code);
    REQUIRE(found.size() == 1);
    CHECK(found[0].code == code);
    CHECK_MESSAGE(found[0].mend.find(mend) != std::string::npos, found[0].mend);
    CHECK_FALSE(found[0].what.empty());
}

}  // namespace

TEST_CASE("with a healthy daemon nothing is wrong, asleep or running") {
    CHECK(findings_of(healthy_unit()).empty());
    CHECK(findings_of(healthy_daemon()).empty());
}

TEST_CASE("each trouble of a unit is found alone, with the command that mends it") {
    struct Case {
        const char* code;
        const char* mend;
        void (*spoil)(UnitFacts&);
    };
    const Case cases[] = {
        {"configuration", "filesrvd -t -c /etc/filesrv/filesrv.toml", [](UnitFacts& unit) { unit.configured.trouble = "line 3: what"; unit.serving.reset(); }},
        {"configuration", "editor /etc/filesrv/filesrv.toml", [](UnitFacts& unit) { unit.conflict = "a is above b"; }},
        {"configuration", "systemctl edit filesrv.service", [](UnitFacts& unit) { unit.conflict = "a is above b"; unit.configured.file.clear(); }},
        {"user_missing", "systemd-sysusers", [](UnitFacts& unit) { unit.user_known = false; }},
        {"units_changed", "systemctl daemon-reload", [](UnitFacts& unit) { unit.instance.sockets[0].add("NeedDaemonReload", "yes"); }},
        {"units_changed", "systemctl --user daemon-reload",
         [](UnitFacts& unit) { unit.instance.manager = Manager::user; unit.instance.service.add("NeedDaemonReload", "yes"); }},
        {"counters_broken", "mv /s/lifetime.json /s/lifetime.json.broken",
         [](UnitFacts& unit) { unit.counters = {.kept = Kept::broken, .path = "/s/lifetime.json", .lifetime = {}}; }},
        {"root_fenced", "systemctl edit filesrv.service", [](UnitFacts& unit) { unit.serving->root.fenced = true; }},
        {"root_missing", "mkdir -p /srv/share", [](UnitFacts& unit) { unit.serving->root.access = RootAccess::missing; }},
        {"root_missing", "mkdir -p '/a b'", [](UnitFacts& unit) { unit.serving->root.access = RootAccess::missing; unit.serving->root.path = "/a b"; }},
        {"root_not_folder", "ls -ld /srv/share", [](UnitFacts& unit) { unit.serving->root.access = RootAccess::not_folder; }},
        {"root_unreadable", "setfacl -m u:filesrv:rX /srv/share", [](UnitFacts& unit) { unit.serving->root.access = RootAccess::unreadable; }},
        {"root_unwritable", "chown filesrv /srv/share", [](UnitFacts& unit) { unit.serving->root.access = RootAccess::unwritable; }},
        {"root_unwritable", "DynamicUser=no", [](UnitFacts& unit) { unit.serving->root.access = RootAccess::unwritable; unit.serving->root.user.clear(); }},
        {"low_space", "du ", [](UnitFacts& unit) { unit.serving->root.free_bytes = free_bytes_low - 1; }},
        {"low_space", "du ", [](UnitFacts& unit) { unit.serving->root.min_free = *unit.serving->root.free_bytes + 1; }},
        {"descriptors", "LimitNOFILE=", [](UnitFacts& unit) { unit.serving->connections_max = 1000; }},
        {"keep_alive", "timeout_max = 10 in /etc/filesrv/filesrv.toml", [](UnitFacts& unit) { unit.serving->idle_shutdown_s = 10; }},
    };
    for (const Case& one : cases) {
        UnitFacts unit = healthy_unit();
        one.spoil(unit);
        check_one(findings_of(unit), one.code, one.mend);
    }
}

TEST_CASE("what keeps a socket from listening is named") {
    check_one(findings_of(healthy_unit("failed", "trigger-limit-hit")), "trigger_limit",
              "systemctl reset-failed filesrv.socket filesrv.service && systemctl start filesrv.socket");
    check_one(findings_of(healthy_unit("failed", "service-start-limit-hit")), "trigger_limit", "reset-failed");
    check_one(findings_of(healthy_unit("failed", "resources")), "socket_failed", "systemctl start filesrv.socket");
    check_one(findings_of(healthy_unit("inactive")), "stopped", "systemctl start filesrv.socket");
    check_one(findings_of(healthy_unit("active", "success", "failed")), "failed", "journalctl -n 20 -u filesrv.service");
    UnitFacts taken = healthy_unit("failed", "resources");
    taken.taken.push_back({.address = "127.0.0.1:8080", .holder = "nginx (process 12)"});
    check_one(findings_of(taken), "port_taken", "systemctl edit filesrv.socket");
    CHECK(findings_of(taken)[0].what == "127.0.0.1:8080 is taken by nginx (process 12)");
}

TEST_CASE("figures at their limit are well") {
    UnitFacts unit = healthy_unit();
    unit.serving->root.free_bytes = free_bytes_low;
    unit.serving->connections_max = 918;  // nine tenths of 1024, as the daemon counts them
    unit.serving->timeout_max_s = unit.serving->idle_shutdown_s;
    CHECK(findings_of(unit).empty());
    unit.serving->connections_max = 919;
    check_one(findings_of(unit), "descriptors", "LimitNOFILE=");
}

TEST_CASE("a daemon that never leaves, and one that takes no uploads, are not told off") {
    UnitFacts unit = healthy_unit();
    unit.serving->idle_shutdown_s = 0;
    unit.serving->root.writing = false;
    unit.serving->root.free_bytes = 0;
    CHECK(findings_of(unit).empty());
}

TEST_CASE("one that was started by hand gets commands without units") {
    DaemonFacts daemon = healthy_daemon();
    daemon.serving.idle_shutdown_s = 0.5;
    check_one(findings_of(daemon), "keep_alive", "filesrvd --timeout-max 1");
    daemon = healthy_daemon();
    daemon.serving.connections_max = 1024;
    check_one(findings_of(daemon), "descriptors", "ulimit -n ");
    daemon = healthy_daemon();
    daemon.workers_stuck = 2;
    check_one(findings_of(daemon), "stuck_workers", "findmnt -T /srv/share");
    CHECK(findings_of(daemon)[0].about == "process 12");
}

TEST_CASE("sockets that nobody answers on are told by why") {
    const std::pair<control::Trouble, const char*> cases[] = {
        {control::Trouble::stale, "stale_socket"}, {control::Trouble::forbidden, "no_permission"},
        {control::Trouble::silent, "no_answer"}, {control::Trouble::broken, "no_answer"}};
    for (const auto& [trouble, code] : cases) {
        Facts facts;
        facts.daemons.push_back(healthy_daemon());
        facts.deaf.push_back({.path = "/tmp/it.sock", .trouble = trouble, .pid = 0, .about = "/tmp/it.sock: so"});
        check_one(find(facts), code, trouble == control::Trouble::forbidden ? "sudo" : "/tmp/it.sock");
        CHECK(find(facts)[0].about == "/tmp/it.sock");
        CHECK(find(facts)[0].what == "so");
    }
}

TEST_CASE("sockets that many daemons left in one folder are one finding") {
    Facts facts;
    facts.daemons.push_back(healthy_daemon());
    for (const char* path : {"/tmp/a/1.sock", "/tmp/a/2 .sock", "/tmp/b/1.sock", "/tmp/b/2.sock", "/tmp/a/3.sock"})
        facts.deaf.push_back({.path = path, .trouble = control::Trouble::stale, .pid = 0, .about = "so"});
    const auto found = find(facts);
    REQUIRE(found.size() == 3);
    CHECK(found[0].about == "/tmp/a");
    CHECK(found[0].what == "3 sockets on which nobody listens (the files were left behind)");
    CHECK(found[0].mend == "rm /tmp/a/1.sock '/tmp/a/2 .sock' /tmp/a/3.sock");
    CHECK(found[1].about == "/tmp/b/1.sock");
    CHECK(found[2].mend == "rm /tmp/b/2.sock");
}

TEST_CASE("where nobody is, that is wrong, and who has the usual port") {
    Facts facts;
    check_one(find(facts), "nobody", "filesrvd --root");
    facts.taken.push_back({.address = "127.0.0.1:8080", .holder = "somebody"});
    facts.managers_refused = true;
    const auto found = find(facts);
    REQUIRE(found.size() == 3);
    CHECK(found[0].code == "no_permission");
    CHECK(found[1].code == "port_taken");
    CHECK(found[2].code == "nobody");
}
