// SPDX-License-Identifier: Apache-2.0
// Where a verb's answer goes: data on stdout, words on stderr, JSON when asked, colour on a
// terminal only.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "core/result.hpp"
#include "core/time.hpp"
#include "jitctl/environment.hpp"
#include "jitctl/exit_code.hpp"
#include "jitctl/options.hpp"
#include "jitctl/schema.hpp"
#include "jitctl/table.hpp"

namespace jit::ctl {

enum class Style { bold, dim, good, bad, warn };

class Output {
  public:
    Output(const Environment& env, const GlobalOptions& options) : env_(env), options_(options) {}

    [[nodiscard]] bool json() const { return options_.json != JsonMode::off; }
    [[nodiscard]] bool quiet() const { return options_.quiet; }
    [[nodiscard]] bool terminal() const { return env_.out_tty; }
    [[nodiscard]] const GlobalOptions& options() const { return options_; }

    /** One JSON object on stdout, `version` first. */
    void object(const Json& object) const;
    /** One of many: on one line, whatever the mode. */
    void line(const Json& object) const;
    /** Text on stdout as it is: the caller has escaped what is not its own. */
    void text(std::string_view text) const;
    void table(const Table& table) const;
    /** A line for people on stderr; silent with -q or JSON. */
    void note(std::string_view text) const;
    /** Says what went wrong, on stderr; returns the exit code. */
    int fail(Exit exit, const core::Error& error) const;
    /** The same for a call to jitd. */
    int fail(const core::Error& error) const { return fail(exit_of(error.code), error); }

    /** Local on a terminal, elsewhere RFC 3339. */
    [[nodiscard]] std::string time(core::Wall at) const;
    [[nodiscard]] std::string styled(Style style, std::string_view text) const;

  private:
    const Environment& env_;
    const GlobalOptions& options_;
};

/** UTF-8; pure ASCII when a value has characters that a terminal would act on. */
std::string json_text(const Json& object, JsonMode mode);

}  // namespace jit::ctl
