// SPDX-License-Identifier: Apache-2.0
// What a recorded session showed, in its order: sudo's I/O log of one session, a directory. It is what a hostile session
// made of it: any bytes, any numbers.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <variant>

#include "core/result.hpp"
#include "core/time.hpp"
#include "jitctl/recording/gz_file.hpp"
#include "jitctl/recording/timing.hpp"

namespace jit::ctl::recording {

/** From log.json; what it lacks is empty or as of a terminal of 80 by 24. */
struct About {
    core::Wall start;
    std::string command;  // with its arguments, separated by blanks
    std::string shell, term;
    std::uint32_t lines = 24, columns = 80;
    bool terminal = false;
};

/** Text that came out, at most 64 KiB. */
struct Shown {
    Stream stream = Stream::output;
    std::string bytes;
};

struct Moment {
    core::Usec at{};  // since the start; the time it was suspended does not count
    std::variant<Shown, Resized> what;
};

class Recording {
  public:
    /** Without log.json it is read all the same. Codes MISSING, UNREADABLE of `timing`. */
    static core::Result<Recording> open(const std::string& directory);

    [[nodiscard]] const About& about() const { return about_; }
    /** Input, if sudo logged it, is left out. Nothing at the end, which is also where a line of `timing` makes no sense. */
    std::optional<Moment> next();
    /** What was found broken or missing up to here, of that the first; empty: nothing. What a killed session had no time to
        write is not. */
    [[nodiscard]] const std::string& damage() const { return damage_; }

  private:
    Recording(std::string directory, About about, GzFile timing);
    std::optional<Moment> more();
    GzFile* file_of(Stream stream);
    void at_end(const std::string& rest);
    void damaged(std::string what);

    std::string directory_;
    About about_;
    GzFile timing_;
    std::map<Stream, std::optional<GzFile>> files_;  // none: it can't be read
    Written left_;                                   // of the present event
    core::Usec at_{};
    std::string damage_;
};

/** log.json of a recording; sudo writes names as they are, and bytes that are no UTF-8 become U+FFFD. Code PARSE. */
core::Result<About> parse_about(std::string_view json);

}  // namespace jit::ctl::recording
