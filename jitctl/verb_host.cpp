// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "core/host.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"

namespace jit::ctl {
namespace {

constexpr std::size_t kMaxConfig = 1U << 20;

/** Without the file: no name and no label, as for jitd. */
core::Result<core::Host> configured_host(const std::string& path) {
    const auto text = read_file(path, kMaxConfig);
    if (!text && text.error().code == "MISSING") return core::Host{};
    if (!text) return text.failure();
    return core::parse_host(*text, path);
}

}  // namespace

int run(const Context& context, const HostOptions&) {
    const std::string path = context.env.config_dir + "/host.toml";
    const auto host = configured_host(path);
    if (!host) return context.out.fail(Exit::failure, host.error());
    const auto status = ManagerClient(context.env).status();
    const std::string id = status ? text_of((*status)["host"], "id") : "";

    if (context.out.json()) {
        Json reply = {{"id", id.empty() ? Json(nullptr) : Json(id)},
                      {"name", host->name.empty() ? Json(nullptr) : Json(host->name)},
                      {"labels", Json::object()}};
        for (const auto& [key, value] : host->labels) reply["labels"][key] = value;
        context.out.object(reply);
        return static_cast<int>(Exit::ok);
    }
    if (host->name.empty() && host->labels.empty())
        context.out.note(path + ": not there or empty: only the pattern * matches this host");
    context.out.text(property("name", host->name));
    for (const auto& [key, value] : host->labels)
        context.out.text(property("label", fmt::format("{}={}", key, value)));
    context.out.text(property("id", id));
    if (!status) context.out.note("id: not known, jitd does not answer");
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
