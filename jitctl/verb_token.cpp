// SPDX-License-Identifier: Apache-2.0
// Approving a request of another host, with no network between: what `jitctl show` printed there goes in, a token comes
// out.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "core/approval_text.hpp"
#include "core/duration.hpp"
#include "core/text.hpp"
#include "core/token.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/ssh_keygen.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

using core::Result;

constexpr std::size_t kMaxPaste = 64U << 10;

/** A folder nobody else looks into; it goes with what is in it. */
class Workshop {
  public:
    static Result<Workshop> make() {
        const char* tmp = std::getenv("TMPDIR");
        std::string path = std::string(tmp != nullptr && *tmp != '\0' ? tmp : "/tmp") + "/jitctl-token-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) return core::fail("FAILED", path + ": can't be made");
        return Workshop(std::move(path));
    }
    Workshop(Workshop&& other) noexcept : path_(std::exchange(other.path_, {})) {}
    Workshop& operator=(Workshop&&) = delete;
    ~Workshop() {
        if (path_.empty()) return;
        for (const char* name : {"/request", "/request.sig"}) ::unlink((path_ + name).c_str());
        ::rmdir(path_.c_str());
    }
    [[nodiscard]] std::string file() const { return path_ + "/request"; }

  private:
    explicit Workshop(std::string path) : path_(std::move(path)) {}
    std::string path_;
};

std::string from_stdin() { return {std::istreambuf_iterator<char>(std::cin), {}}; }

/** --file; or the jitd of this machine, when the request is its own; or what is pasted. */
Result<std::string> printed(const Context& context, const TokenOptions& options) {
    if (options.file == "-") return from_stdin();
    if (!options.file.empty()) return read_file(options.file, kMaxPaste);
    const auto found = ManagerClient(context.env).show(options.id);
    if (found && text_of(*found, "kind") == "request") {
        const auto text = text_of((*found)["object"], "text");
        if (!text.empty()) return text;
        return core::fail("ALREADY_DECIDED", fmt::format("request {} waits no longer", options.id));
    }
    if (context.env.in_tty)
        context.out.note(fmt::format("Paste what `jitctl show {}` printed on its host, then Ctrl-D:", options.id));
    return from_stdin();
}

Result<core::ApprovalText> read_request(const Context& context, const TokenOptions& options) {
    const auto text = printed(context, options);
    if (!text) return text.failure();
    auto request = core::parse_approval_text(*text);
    if (!request) return request;
    if (request->request != options.id)
        return core::fail("FORMAT", fmt::format("this is request {}, not {}", core::escape(request->request),
                                                core::escape(options.id)));
    if (options.duration) {
        if (*options.duration > request->duration)
            return core::fail("LIMIT", fmt::format("{} was asked for; it can be less, not more",
                                                   core::format_duration(request->duration)));
        if (*options.duration % std::chrono::seconds(1) != core::Usec{})
            return core::fail("USAGE", "--for: whole seconds");
        request->duration = *options.duration;
    }
    if (request->before <= context.env.now())
        return core::fail("EXPIRED", fmt::format("request {} was to be approved before {}", request->request,
                                                 core::format_time(request->before)));
    return request;
}

/** What is about to be signed, for the eyes of who signs it. */
void announce(const Context& context, const core::ApprovalText& request) {
    const auto now = context.env.now();
    context.out.note(fmt::format("{} {} (uid {}, person {}), role {} on {} ({}), for {}{}", request.breakglass ? "BREAK-GLASS:" : "You approve:",
                                 request.account, request.uid, request.person, request.role,
                                 request.host_name.empty() ? "a host without a name" : request.host_name, request.host_id,
                                 core::format_duration(request.duration),
                                 request.start ? " from " + format_local(*request.start, now) : ""));
    context.out.note(fmt::format("Reason: {}{}", request.reason, request.ticket.empty() ? "" : " (ticket " + request.ticket + ")"));
    if (!request.extends.empty()) context.out.note("More time for grant " + request.extends);
    context.out.note(fmt::format("Asked {}, to be approved before {}", format_local(request.requested, now),
                                 format_local(request.before, now)));
}

Result<core::Token> sign(const Environment& env, const core::ApprovalText& request, const std::string& key) {
    const auto workshop = Workshop::make();
    if (!workshop) return workshop.failure();
    const std::string file = workshop->file();
    if (auto ok = write_new(file, request.text(), 0600); !ok) return ok.failure();
    if (auto ok = ssh_sign(env, key, file, request.ns()); !ok) return ok.failure();
    const auto armored = read_file(file + ".sig", core::kMaxSignatureFile);
    if (!armored) return armored.failure();
    const auto blocks = core::parse_signatures(*armored, request.ns());
    if (!blocks) return blocks.failure();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(request.duration).count();
    auto token = core::make_token(request.request, static_cast<std::uint32_t>(seconds), blocks->front());
    if (token && !core::verify(*token, blocks->front().key, request.ns(), request.text()))
        return core::fail("FAILED", key + ": ssh-keygen signed something else");
    return token;
}

}  // namespace

int run(const Context& context, const TokenOptions& options) {
    const auto fail = [&](const core::Error& error) {
        const Exit exit = error.code == "USAGE" ? Exit::usage : Exit::failure;
        return context.out.fail(exit, {error.code, "token: " + error.text});
    };
    const auto request = read_request(context, options);
    if (!request) return fail(request.error());
    announce(context, *request);
    const auto token = sign(context.env, *request, options.key);
    if (!token) return fail(token.error());
    if (context.out.json()) {
        Json reply = Json::object();
        reply["token"] = token->text();
        reply["request"] = request->request;
        reply["duration_usec"] = request->duration.count();
        reply["expires_usec"] = core::to_usec(request->before);
        context.out.object(reply);
    } else {
        context.out.text(token->text() + "\n");
        if (context.env.out_tty) context.out.note(fmt::format("On {}: jitctl redeem TOKEN", request->host_name.empty() ? "its host" : request->host_name));
    }
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
