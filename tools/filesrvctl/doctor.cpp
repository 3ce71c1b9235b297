// SPDX-License-Identifier: MIT
// filesrvctl doctor: what is wrong, and the command that mends it.
#include "base/assert.hpp"
#include "tools/filesrvctl/commands.hpp"
#include "tools/filesrvctl/findings.hpp"
#include "tools/filesrvctl/format.hpp"
#include "tools/filesrvctl/json_text.hpp"
#include "tools/filesrvctl/output.hpp"

namespace filesrv::ctl {
namespace {

std::string to_json(const Finding& finding) {
    FS_ASSERT(!finding.code.empty() && !finding.mend.empty());
    return "{\"code\":" + json_string(finding.code) + ",\"about\":" + json_string(finding.about) + ",\"what\":" + json_string(finding.what) +
           ",\"mend\":" + json_string(finding.mend) + '}';
}

std::vector<std::string> lines_of(const std::vector<Finding>& findings, std::size_t looked_at, Style style) {
    if (findings.empty()) return {style.paint(Colour::good, "nothing is wrong") + " (looked at " + counted(looked_at, "daemon") + ')'};
    std::vector<std::string> lines;
    for (const Finding& finding : findings) {
        lines.push_back(style.paint(Colour::bad, finding.code) + "  " + finding.about + ": " + finding.what);
        lines.push_back("    " + style.paint(Colour::accent, finding.mend));
    }
    return lines;
}

/// A service that runs is there twice: as a unit, and as the daemon that answers.
std::size_t count_of(const Facts& facts) {
    std::size_t count = facts.units.size();
    for (const DaemonFacts& daemon : facts.daemons) count += daemon.instance ? 0 : 1;
    return count;
}

}  // namespace

Exit run_doctor(const Arguments& arguments) {
    const Facts facts = gather_facts(arguments.socket);
    const std::vector<Finding> findings = find(facts);
    if (arguments.json) {
        std::vector<std::string> objects;
        for (const Finding& finding : findings) objects.push_back(to_json(finding));
        print(json_object({{"findings", json_array(objects)}}));
    } else {
        print(lines_of(findings, count_of(facts), output_style()));
    }
    return findings.empty() ? Exit::ok : Exit::failed;
}

}  // namespace filesrv::ctl
