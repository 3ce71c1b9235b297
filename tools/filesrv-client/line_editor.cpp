// SPDX-License-Identifier: MIT
// A line typed at a terminal, by libedit.
#include "tools/filesrv-client/line_editor.hpp"

#include <histedit.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cwchar>
#include <stdexcept>
#include <utility>

#include "base/assert.hpp"
#include "base/columns.hpp"
#include "os/terminal.hpp"
#include "tools/filesrv-client/drawn_rows.hpp"
#include "tools/filesrv-client/history_file.hpp"

namespace filesrv::client {
namespace {

struct EndEditing {
    void operator()(EditLine* editor) const noexcept { el_end(editor); }
    void operator()(History* history) const noexcept { history_end(history); }
};

constexpr os::Fd keyboard(STDIN_FILENO);
constexpr os::Fd screen(STDOUT_FILENO);

// What mbrtowc(3) says of bytes that are none yet.
constexpr auto no_character = static_cast<std::size_t>(-1);
constexpr auto not_whole = static_cast<std::size_t>(-2);

os::KeptMode keep_mode() {
    auto kept = os::KeptMode::keep(keyboard);
    if (!kept) throw std::runtime_error("the terminal cannot be used for typing: " + kept.error().message());
    return std::move(*kept);
}

// What is looked for in the history, and what of that libedit may put behind a line, with its prompt.
constexpr std::size_t pattern_characters_max = 256;
constexpr std::size_t search_characters = 2 * pattern_characters_max;
// Room for the longest line of the history, and for some that are longer.
constexpr std::size_t first_reserve = 2 * history_line_bytes;
static_assert(first_reserve > history_line_bytes + search_characters);

constexpr wchar_t control_w = 0x17;

/// libedit counts in characters of the locale.
int characters_of(const std::string& text) noexcept {
    const std::size_t count = std::mbstowcs(nullptr, text.c_str(), 0);
    return static_cast<int>(count == no_character ? text.size() : count);
}

}  // namespace

class LineEditor::Impl {
public:
    Impl(std::string prompt, NamesThere names)
        : mode_(keep_mode()), prompt_(std::move(prompt)), names_(std::move(names)), history_(history_init()),
          editor_(el_init("filesrv-client", stdin, stdout, stderr)) {
        if (!editor_ || !history_) throw std::runtime_error("the terminal cannot be used for typing");
        HistEvent event;
        history(history_.get(), &event, H_SETSIZE, static_cast<int>(history_lines));
        history(history_.get(), &event, H_SETUNIQUE, 1);
        EditLine* const editor = editor_.get();
        reserve(first_reserve, 0);
        el_set(editor, EL_CLIENTDATA, this);
        el_set(editor, EL_PROMPT, &Impl::show_prompt);
        el_set(editor, EL_HIST, history, history_.get());
        // Not EL_SIGNAL: its handlers resize and draw wherever a signal meets them, in the midst of malloc(3) too.
        el_set(editor, EL_GETCFN, &Impl::read_character);
        el_set(editor, EL_EDITOR, "emacs");
        el_source(editor, nullptr);    // ~/.editrc, where people ask for vi
        el_set(editor, EL_ADDFN, "filesrv-complete", "complete verbs and names", &Impl::on_tab);
        el_set(editor, EL_ADDFN, "filesrv-abandon", "begin a new line", &Impl::on_interrupt);
        el_set(editor, EL_ADDFN, "filesrv-suspend", "stop until the shell goes on with us", &Impl::on_suspend);
        // No signals while a line is typed: Ctrl-C is a key like others then, and no race can lose it or end us by it.
        el_set(editor, EL_SETTY, "-d", "-isig", nullptr);
        el_set(editor, EL_BIND, "^I", "filesrv-complete", nullptr);
        el_set(editor, EL_BIND, "^C", "filesrv-abandon", nullptr);
        el_set(editor, EL_BIND, "^Z", "filesrv-suspend", nullptr);
        el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
    }

    std::optional<std::string> read() {
        for (;;) {
            abandoned_ = false;
            cursor_ = length_ = 0;
            size_ = os::window_size(screen);
            el_resize(editor_.get());  // while a transfer ran, nobody looked
            el_set(editor_.get(), EL_PREP_TERM, 1);  // or keys typed at once on seeing the prompt would find it in the old mode
            int length = 0;
            const char* line = el_gets(editor_.get(), &length);
            if (abandoned_) continue;
            if (line == nullptr || length <= 0) {
                std::fputs("\n", stdout);  // the shell's prompt begins on its own line
                return std::nullopt;
            }
            std::string text(line, static_cast<std::size_t>(length));
            while (text.ends_with('\n') || text.ends_with('\r')) text.pop_back();
            return text;
        }
    }

    /// A longer line could be called back by a search that has no room for it.
    void remember(const std::string& line) {
        if (line.size() > history_line_bytes) return;
        HistEvent event;
        history(history_.get(), &event, H_ENTER, line.c_str());
    }

private:
    static Impl& self_of(EditLine* editor) noexcept {
        void* self = nullptr;
        el_get(editor, EL_CLIENTDATA, &self);
        FS_ASSERT(self != nullptr);
        return *static_cast<Impl*>(self);
    }

    static char* show_prompt(EditLine* editor) noexcept { return self_of(editor).prompt_.data(); }

    static unsigned char on_interrupt(EditLine* editor, int) noexcept {
        self_of(editor).abandoned_ = true;
        std::fputs("^C\n", stdout);
        return CC_NEWLINE;
    }

    /// The shell gets the terminal as it was.
    static unsigned char on_suspend(EditLine* editor, int) noexcept {
        el_set(editor, EL_PREP_TERM, 0);
        std::raise(SIGTSTP);
        el_set(editor, EL_PREP_TERM, 1);
        return CC_REDISPLAY;
    }

    /// 1 = a character; 0 = the terminal is gone.
    static int read_character(EditLine* editor, wchar_t* into) noexcept {
        std::mbstate_t state{};
        while (const auto key = os::read_key(keyboard)) {
            std::size_t used = std::mbrtowc(into, &*key, 1, &state);
            if (used == not_whole) continue;
            if (used == no_character) {  // what came before was none; this may begin one
                state = {};
                used = std::mbrtowc(into, &*key, 1, &state);
                if (used == not_whole) continue;
            }
            state = {};
            if (used == no_character) continue;
            if (self_of(editor).is_too_much_to_search(*into)) {
                std::fputc('\a', stdout);
                std::fflush(stdout);
                continue;
            }
            self_of(editor).follow_room();
            self_of(editor).follow_line();
            self_of(editor).follow_size();
            return 1;
        }
        return 0;
    }

    /// Asked at each key: of a terminal whose size changes while nobody types there is nothing to draw.
    void follow_size() noexcept {
        const auto size = os::window_size(screen);
        if (size == size_) return;
        size_ = size;
        std::fputs("\r\x1b[J", stdout);  // what follows is drawn from the first column
        el_resize(editor_.get());
        el_set(editor_.get(), EL_REFRESH);
    }

    /// The search of libedit 3.1 appends to what is looked for until that is as long as its memory, and then some more; and ^W
    /// there takes the character before the line's first. Then it gets no more of these keys.
    bool is_too_much_to_search(wchar_t key) const noexcept {
        const bool adds = key == control_w || (key >= L' ' && key != L'\x7f');
        if (!adds) return false;
        const LineInfoW* const info = el_wline(editor_.get());
        const std::wstring_view line(info->buffer, static_cast<std::size_t>(info->lastchar - info->buffer));
        const std::size_t prompt = line.rfind(L'\n') + 1;  // of the search; no other line has two rows, or hardly any
        if (prompt == 0 || !(line.substr(prompt).starts_with(L"bck") || line.substr(prompt).starts_with(L"fwd"))) return false;
        return key == control_w || line.size() - prompt >= pattern_characters_max;
    }

    /// It looks whether there is room for a line when that grows by typing, not when a search puts what is looked for behind
    /// it: that is written over whatever follows. So there always is room for both.
    void follow_room() noexcept {
        const LineInfoW* const line = el_wline(editor_.get());
        const auto length = static_cast<std::size_t>(line->lastchar - line->buffer);
        if (length + search_characters > reserved_) reserve(2 * reserved_ + length, length);
    }

    /// By typing and taking back: its memory grows with what is typed, and stays.
    void reserve(std::size_t characters, std::size_t length) noexcept {
        FS_ASSERT(characters > length);
        const std::wstring filling(characters - length, L' ');
        if (el_winsertstr(editor_.get(), filling.c_str()) != 0) return;
        el_deletestr(editor_.get(), static_cast<int>(filling.size()));
        reserved_ = characters;
    }

    /// libedit 3.1 counts the rows of a line twice. Where they fill the screen, moving the cursor to the line's end can let the
    /// counts part, and what is then typed there is drawn into rows that it has no memory for: the end of us. They agree again
    /// once all is drawn, from the top of the screen since that is what such a line takes. A key at the line's end that changes
    /// its length sees to that by itself; not so its keys for searching, which lengthen the line to ask for words.
    void follow_line() noexcept {
        const LineInfoW* const line = el_wline(editor_.get());
        FS_ASSERT(line != nullptr && line->buffer <= line->cursor && line->cursor <= line->lastchar);
        const auto length = static_cast<std::size_t>(line->lastchar - line->buffer);
        const std::size_t cursor = static_cast<std::size_t>(line->cursor - line->buffer);
        const bool was_at_end = std::exchange(cursor_, cursor) == length_;
        const bool changed = std::exchange(length_, length) != length;
        if (cursor < length || (was_at_end && changed)) return;
        if (!may_fill({line->buffer, length}, columns_of(prompt_), drawn_size())) return;
        std::fputs("\x1b[H\x1b[J", stdout);
        el_set(editor_.get(), EL_REFRESH);
    }

    /// libedit's own idea, which differs from size_ where the terminal does not know.
    os::WindowSize drawn_size() const noexcept {
        int columns = 0;
        int rows = 0;
        el_get(editor_.get(), EL_GETTC, "co", &columns, nullptr);
        el_get(editor_.get(), EL_GETTC, "li", &rows, nullptr);
        FS_ASSERT(columns > 0 && rows > 0);
        return {.columns = static_cast<std::uint16_t>(columns), .rows = static_cast<std::uint16_t>(rows)};
    }

    static unsigned char on_tab(EditLine* editor, int) noexcept { return self_of(editor).complete_line(); }

    unsigned char complete_line() {
        const LineInfo* info = el_line(editor_.get());
        const std::string line(info->buffer, info->cursor);
        const std::size_t columns = columns_of(prompt_) + columns_of({info->buffer, info->lastchar});
        const CompletionPoint point = completion_point(line);
        if (point.names == Names::nothing) return CC_REFRESH_BEEP;
        const Completion completion = complete(point, names_(point));
        if (completion.replacement.empty() && completion.choices.empty()) return CC_REFRESH_BEEP;
        const std::string typed = line.substr(point.begin);
        if (completion.replacement != typed) {
            el_deletestr(editor_.get(), characters_of(typed));
            if (el_insertstr(editor_.get(), completion.replacement.c_str()) != 0) return CC_REFRESH_BEEP;
            return completion.choices.empty() ? CC_REFRESH : CC_REFRESH_BEEP;
        }
        if (completion.choices.empty()) return CC_REFRESH_BEEP;
        return offer(completion.choices, columns);
    }

    /// libedit then clears so many rows above the cursor as the line took: they are made, not to lose what was shown.
    unsigned char offer(const std::vector<std::string>& choices, std::size_t line_columns) {
        const std::size_t across = drawn_size().columns;
        const std::string text = '\n' + choices_text(choices, across) + std::string(line_columns / across, '\n');
        std::fputs(text.c_str(), stdout);
        std::fflush(stdout);
        return CC_REDISPLAY;
    }

    os::KeptMode mode_;
    std::string prompt_;
    NamesThere names_;
    std::unique_ptr<History, EndEditing> history_;
    std::unique_ptr<EditLine, EndEditing> editor_;
    std::optional<os::WindowSize> size_;  ///< that libedit draws for
    std::size_t cursor_ = 0;              ///< where it was in the line at the last key, in characters
    std::size_t length_ = 0;              ///< of the line, then
    std::size_t reserved_ = 0;            ///< characters that a line may have before libedit needs more memory
    bool abandoned_ = false;
};

LineEditor::LineEditor(std::string prompt, NamesThere names)
    : impl_(std::make_unique<Impl>(std::move(prompt), std::move(names))) {}

LineEditor::~LineEditor() = default;

std::optional<std::string> LineEditor::read() { return impl_->read(); }

void LineEditor::remember(std::string_view line) { impl_->remember(std::string(line)); }

}  // namespace filesrv::client
