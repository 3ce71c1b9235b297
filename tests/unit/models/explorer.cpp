// SPDX-License-Identifier: MIT
// Explorer: fibers, and the tree of decisions.
#include "explorer.hpp"

#include <ucontext.h>

#include <array>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.hpp"

namespace filesrv::test {
namespace {

constexpr std::size_t stack_bytes = 128 << 10;
constexpr std::size_t steps_max = 100'000;  // of one run; more is a loop that others must end

/// A thread of the scenario.
struct Fiber {
    ucontext_t context{};
    std::unique_ptr<char[]> stack;
    std::function<void()> body;
    Operation next;
    const std::function<bool()>* holds = nullptr;  ///< what it waits for, if anything
    bool is_alive = false;

    [[nodiscard]] bool can_go_on() const { return is_alive && (holds == nullptr || (*holds)()); }
};

/// A thread whose next step was tried before, and commutes with all that has happened since.
struct Sleeper {
    std::size_t thread;
    Operation next;
};

/// One decision of a run: who goes on, or what a step brings.
struct Decision {
    std::vector<std::size_t> options;
    std::size_t at = 0;
    std::vector<Sleeper> asleep;  ///< when it was come to; of threads only

    [[nodiscard]] std::size_t chosen() const { return options[at]; }
};

bool commute(const Operation& one, const Operation& other) noexcept {
    if (one.object == nullptr || other.object == nullptr) return false;
    return one.object != other.object || (!one.writes && !other.writes);
}

class Run {
public:
    explicit Run(std::vector<Decision>& path) : path_(path) {}

    /// False: something went wrong, and its fibers stay where they are.
    bool whole(const std::function<void()>& scenario) {
        (void)birth(scenario);
        current_ = 0;
        swapcontext(&home_, &fibers_[0].context);
        return finding.empty();
    }

    std::size_t birth(std::function<void()> body) {
        FS_ASSERT(born_ < model_threads_max);
        const std::size_t number = born_++;
        Fiber& fiber = fibers_[number];
        fiber.body = std::move(body);
        fiber.is_alive = true;
        fiber.holds = nullptr;
        fiber.next = {.object = &fiber, .writes = true};
        if (!stacks()[number]) stacks()[number] = std::make_unique_for_overwrite<char[]>(stack_bytes);
        getcontext(&fiber.context);
        fiber.context.uc_stack.ss_sp = stacks()[number].get();
        fiber.context.uc_stack.ss_size = stack_bytes;
        fiber.context.uc_link = nullptr;
        makecontext(&fiber.context, &Run::enter, 0);
        return number;
    }

    void pause(Operation next, const std::function<bool()>* holds) {
        Fiber& self = fibers_[current_];
        self.next = next;
        self.holds = holds;
        go_on_with_somebody();
        self.holds = nullptr;
    }

    std::size_t decide(std::size_t options) {
        FS_ASSERT(options > 0);
        if (options == 1 || redundant_) return 0;
        if (depth_ == path_.size()) {
            Decision fresh;
            for (std::size_t i = 0; i < options; ++i) fresh.options.push_back(i);
            path_.push_back(std::move(fresh));
        }
        FS_ASSERT(path_[depth_].options.size() == options);  // else the scenario is not deterministic
        return path_[depth_++].chosen();
    }

    [[nodiscard]] std::size_t current() const noexcept { return current_; }
    [[nodiscard]] bool has_ended(std::size_t thread) const noexcept { return !fibers_[thread].is_alive; }
    [[nodiscard]] const void* end_of(std::size_t thread) const noexcept { return &fibers_[thread]; }
    [[nodiscard]] std::size_t born() const noexcept { return born_; }

    /// Leaves the run for good.
    void stop() {
        swapcontext(&fibers_[current_].context, &home_);
        FS_UNREACHABLE("a stopped run does not go on");
    }

    std::string finding;
    static Run* now;

private:
    /// Stacks are kept from run to run.
    static std::array<std::unique_ptr<char[]>, model_threads_max>& stacks() {
        static std::array<std::unique_ptr<char[]>, model_threads_max> kept;
        return kept;
    }

    static void enter() {
        Fiber& self = now->fibers_[now->current_];
        self.body();
        // Its end is a step, too: who waits for it must not take it for one that commutes.
        now->pause({.object = &self, .writes = true}, nullptr);
        self.is_alive = false;
        now->go_on_with_somebody();
        FS_UNREACHABLE("an ended thread does not go on");
    }

    void go_on_with_somebody() {
        if (++steps_ > steps_max) finding = "endless";
        const std::optional<std::size_t> chosen = finding.empty() ? choose_thread() : std::nullopt;
        const std::size_t before = current_;
        if (!chosen) {
            swapcontext(&fibers_[before].context, &home_);
            FS_UNREACHABLE("a finished run does not go on");
        }
        if (*chosen == before && fibers_[before].is_alive) return;
        current_ = *chosen;
        swapcontext(&fibers_[before].context, &fibers_[current_].context);
    }

    /// Nothing: all have ended, or nobody can go on.
    std::optional<std::size_t> choose_thread() {
        std::vector<std::size_t> able;
        if (fibers_[current_].can_go_on()) able.push_back(current_);  // first: fewer switches
        bool somebody_lives = false;
        for (std::size_t i = 0; i < born_; ++i) {
            somebody_lives = somebody_lives || fibers_[i].is_alive;
            if (i != current_ && fibers_[i].can_go_on()) able.push_back(i);
        }
        if (able.empty()) {
            if (somebody_lives) finding = "nobody can go on";
            return std::nullopt;
        }
        if (redundant_) return able.front();
        return depth_ == path_.size() ? decide_anew(able) : decide_again();
    }

    std::optional<std::size_t> decide_anew(const std::vector<std::size_t>& able) {
        Decision fresh;
        fresh.asleep = asleep_;
        for (const std::size_t thread : able) {
            if (!is_asleep(thread)) fresh.options.push_back(thread);
        }
        if (fresh.options.empty()) {  // whatever follows was seen in another order: only to the end, so that all is freed
            redundant_ = true;
            return able.front();
        }
        path_.push_back(std::move(fresh));
        return decide_again();
    }

    std::size_t decide_again() {
        const Decision& decision = path_[depth_++];
        asleep_ = decision.asleep;
        for (std::size_t i = 0; i < decision.at; ++i) {
            asleep_.push_back({.thread = decision.options[i], .next = fibers_[decision.options[i]].next});
        }
        const Operation next = fibers_[decision.chosen()].next;
        std::erase_if(asleep_, [&](const Sleeper& sleeper) { return !commute(sleeper.next, next); });
        return decision.chosen();
    }

    [[nodiscard]] bool is_asleep(std::size_t thread) const noexcept {
        for (const Sleeper& sleeper : asleep_) {
            if (sleeper.thread == thread) return true;
        }
        return false;
    }

    std::vector<Decision>& path_;
    std::size_t depth_ = 0;
    std::size_t steps_ = 0;
    std::size_t current_ = 0;
    std::size_t born_ = 0;
    bool redundant_ = false;
    std::vector<Sleeper> asleep_;
    std::array<Fiber, model_threads_max> fibers_;
    ucontext_t home_{};
};

Run* Run::now = nullptr;

/// The next path to try. False: there is none.
bool advance(std::vector<Decision>& path) {
    while (!path.empty() && path.back().at + 1 == path.back().options.size()) path.pop_back();
    if (path.empty()) return false;
    ++path.back().at;
    return true;
}

}  // namespace

Exploration explore(const std::function<void()>& scenario, std::size_t runs_max) {
    FS_ASSERT(Run::now == nullptr);
    Exploration result;
    std::vector<Decision> path;
    while (result.runs < runs_max) {
        auto run = std::make_unique<Run>(path);
        Run::now = run.get();
        ++result.runs;
        const bool whole = run->whole(scenario);
        Run::now = nullptr;
        if (!whole) {
            result.finding = run->finding;
            return result;
        }
        if (!advance(path)) {
            result.is_whole = true;
            return result;
        }
    }
    return result;
}

bool is_exploring() noexcept { return Run::now != nullptr; }
std::size_t model_thread() noexcept { return Run::now->current(); }
std::size_t spawn(std::function<void()> body) { return Run::now->birth(std::move(body)); }
void step(Operation next) { Run::now->pause(next, nullptr); }
void step_when(Operation next, const std::function<bool()>& holds) { Run::now->pause(next, &holds); }
std::size_t choose(std::size_t options) { return Run::now->decide(options); }

void wait_for(std::size_t thread) {
    FS_ASSERT(thread < Run::now->born());
    step_when({.object = Run::now->end_of(thread), .writes = false}, [thread] { return Run::now->has_ended(thread); });
}

void wait_for_all() {
    for (std::size_t thread = 1; thread < Run::now->born(); ++thread) wait_for(thread);
}

void find(std::string what) {
    Run::now->finding = std::move(what);
    Run::now->stop();
}

}  // namespace filesrv::test
