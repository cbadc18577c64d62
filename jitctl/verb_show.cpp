// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "core/text.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/request_view.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

/** What jitd lets in needs no escape, so that these are the signed bytes; whatever else, a terminal is safe. */
std::string escaped_lines(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        out += core::escape(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out;
}

/** What an approver has to know; and what one on another machine signs, ready to be copied. */
std::string request(const Context& context, const Json& object) {
    std::string host;
    if (const auto status = ManagerClient(context.env).status()) host = text_of((*status)["host"], "name");
    std::string out = describe_request(object, host, context.env.now());
    const std::string text = text_of(object, "text"), id = shown(object, "id");
    if (text.empty()) return out;
    out += "\n";
    if (text_of(object, "kind") != "break-glass") out += fmt::format("To approve here: jitctl approve {}\n", id);
    out += fmt::format("To approve elsewhere, run there: jitctl token {} --key KEY, and paste:\n\n", id);
    return out + escaped_lines(text);
}

}  // namespace

int run(const Context& context, const ShowOptions& options) {
    if (options.reviewed) {
        const auto reviewed = ManagerClient(context.env).review(options.id);
        if (!reviewed) return context.out.fail(reviewed.error());
        context.out.note("Noted: this break-glass use was looked at.");
    }
    const auto found = ManagerClient(context.env).show(options.id);
    if (!found) return context.out.fail(found.error());
    if (context.out.json())
        context.out.object(*found);
    else if (text_of(*found, "kind") == "request")
        context.out.text(request(context, (*found)["object"]));
    else
        context.out.text(property("kind", text_of(*found, "kind")) +
                         describe((*found)["object"], context.env.now()));
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
