// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

/** What jitd did not take leaves the state before it serving: a failure to whoever asked. */
Exit exit_of_reload(const Json& file, const std::vector<std::string>& problems) {
    return problems.empty() && text_of(file, "code").empty() ? Exit::ok : Exit::failure;
}

}  // namespace

int run(const Context& context, const ReloadOptions&) {
    const auto raw = ManagerClient(context.env).reload();
    if (!raw) return context.out.fail(raw.error());
    // The daemon answers the file's fields beside `config`, or under `file`.
    const Json file = shaped(Kind::file, raw->contains("file") ? (*raw)["file"] : *raw);
    const auto problems = texts_of(*raw, "config");
    const Exit exit = exit_of_reload(file, problems);
    if (context.out.json()) {
        Json reply = Json::object();
        reply["file"] = file;
        reply["config"] = problems;
        context.out.object(reply);
        return static_cast<int>(exit);
    }
    for (const auto& problem : problems) context.out.note("not taken: " + problem);
    if (const auto code = text_of(file, "code"); !code.empty())
        context.out.note(fmt::format("grant file refused: {} [{}]; the accepted one keeps serving",
                                     text_of(file, "text"), code));
    if (!context.out.quiet()) {
        std::string line = "grant file: " + shown(file, "state", "none");
        if (const auto serial = number_of(file, "serial"))
            line += fmt::format(", serial {}", *serial);
        context.out.text(line + "\n");
    }
    return static_cast<int>(exit);
}

}  // namespace jit::ctl
