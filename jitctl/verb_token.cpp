// SPDX-License-Identifier: Apache-2.0
// Approving a request of another host, with no network between: what `jitctl show` printed there goes in, a token comes
// out.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "core/approval_text.hpp"
#include "core/duration.hpp"
#include "core/text.hpp"
#include "core/token.hpp"
#include "jitctl/file_io.hpp"
#include "jitctl/interrupts.hpp"
#include "jitctl/manager_client.hpp"
#include "jitctl/ssh_keygen.hpp"
#include "jitctl/verb.hpp"
#include "jitctl/view.hpp"
#include "jitctl/when.hpp"

namespace jit::ctl {
namespace {

using core::Result;

/** A folder nobody else looks into; it goes with what is in it. */
class Workshop {
  public:
    static Result<Workshop> make() {
        const char* tmp = std::getenv("TMPDIR");
        std::string path = std::string(tmp != nullptr && *tmp != '\0' ? tmp : "/tmp") + "/jitctl-token-XXXXXX";
        if (::mkdtemp(path.data()) == nullptr) return core::fail("FAILED", fmt::format("{}: {}", path, std::strerror(errno)));
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

/** --file; or the jitd of this machine, when the request is its own; or what is pasted. */
Result<std::string> printed(const Context& context, const TokenOptions& options) {
    if (options.file == "-") return read_stdin(kMaxPaste);
    if (!options.file.empty()) return read_file(options.file, kMaxPaste);
    const auto found = ManagerClient(context.env).show(options.id);
    if (found && text_of(*found, "kind") == "request") {
        const auto text = text_of((*found)["object"], "text");
        if (!text.empty()) return text;
        return core::fail("ALREADY_DECIDED", fmt::format("request {} waits no longer: it is {}", options.id,
                                                         text_of((*found)["object"], "state")));
    }
    if (context.env.in_tty)
        context.out.note(fmt::format("Paste what `jitctl show {}` printed on its host, then Ctrl-D:", options.id));
    return read_stdin(kMaxPaste);
}

core::Result<void> narrow(core::ApprovalText& request, core::Usec duration) {
    if (duration > request.duration)
        return core::fail("LIMIT", fmt::format("--for: {} was asked for; it can be less, not more",
                                               core::format_duration(request.duration)));
    if (duration % std::chrono::seconds(1) != core::Usec{}) return core::fail("USAGE", "--for: must be whole seconds");
    request.duration = duration;
    return {};
}

Result<core::ApprovalText> read_request(const Context& context, const TokenOptions& options) {
    if (!exists(options.key)) return core::fail("MISSING", fmt::format("{}: {}", options.key, std::strerror(errno)));
    const auto text = printed(context, options);
    if (!text) return text.failure();
    auto request = core::parse_approval_text(*text);
    if (!request) return request;
    if (request->request != options.id)
        return core::fail("FORMAT", fmt::format("this is request {}, not {}", core::escape(request->request),
                                                core::escape(options.id)));
    if (request->before <= context.env.now())
        return core::fail("EXPIRED", fmt::format("request {} was to be approved before {}", request->request,
                                                 core::format_time(request->before)));
    if (options.duration)
        if (auto ok = narrow(*request, *options.duration); !ok) return ok.failure();
    return request;
}

/** What is about to be signed, for the eyes of who signs it. */
void announce(const Context& context, const core::ApprovalText& request) {
    const auto now = context.env.now();
    const auto line = [&](std::string_view label, std::string_view value) {
        context.out.note(fmt::format("{:>12}  {}", label, value));
    };
    line(request.breakglass ? "BREAK-GLASS" : "you approve",
         fmt::format("{} (uid {}), person {}, role {}{}", request.account, request.uid, request.person, request.role,
                     request.extends.empty() ? "" : ", more time for grant " + request.extends));
    line("on", fmt::format("{} (host id {})", request.host_name.empty() ? "a host without a name" : request.host_name,
                           request.host_id));
    line("for", core::format_duration(request.duration) +
                    (request.start            ? " from " + format_local(*request.start, now)
                     : request.extends.empty() ? " from the approval on"
                                               : " more"));
    line("reason", request.reason + (request.ticket.empty() ? "" : fmt::format(" (ticket {})", request.ticket)));
    line("asked", fmt::format("{}, to be approved before {}", format_local(request.requested, now),
                              format_local(request.before, now)));
}

/** One block of ssh-keygen(1) over the text of the request. Nothing is left behind, also when it is interrupted. */
Result<core::SignatureBlock> signature(const Environment& env, const core::ApprovalText& request, const std::string& key) {
    const auto workshop = Workshop::make();
    if (!workshop) return workshop.failure();
    const std::string file = workshop->file();
    if (auto ok = write_new(file, request.text(), 0600); !ok) return ok.failure();
    if (auto ok = ssh_sign(env, key, file, request.ns()); !ok) return ok.failure();
    const auto armored = read_file(file + ".sig", core::kMaxSignatureFile);
    if (!armored) return armored.failure();
    const auto blocks = core::parse_signatures(*armored, request.ns());
    if (!blocks) return core::fail(blocks.error().code, key + ": " + blocks.error().text);
    return blocks->front();
}

Result<core::Token> sign(const Environment& env, const core::ApprovalText& request, const std::string& key) {
    const auto block = signature(env, request, key);
    if (!block) return block.failure();
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(request.duration).count();
    auto token = core::make_token(request.request, static_cast<std::uint32_t>(seconds), *block);
    if (token && !core::verify(*token, block->key, request.ns(), request.text()))
        return core::fail("FAILED", key + ": ssh-keygen signed something else");
    return token;
}

Result<core::Token> sign_or_end(const Environment& env, const core::ApprovalText& request, const std::string& key) {
    std::optional<Interrupts> interrupts(std::in_place);
    auto token = sign(env, request, key);
    const int signal = Interrupts::seen();
    interrupts.reset();
    if (signal != 0) end_by(signal);
    return token;
}

void print(const Context& context, const core::ApprovalText& request, const core::Token& token) {
    if (context.out.json()) {
        Json reply = Json::object();
        reply["token"] = token.text();
        reply["request"] = request.request;
        reply["duration_usec"] = request.duration.count();
        reply["expires_usec"] = core::to_usec(request.before);
        return context.out.object(reply);
    }
    context.out.text(token.text() + "\n");
    if (context.out.terminal())
        context.out.note(fmt::format("On {}: jitctl redeem TOKEN", request.host_name.empty() ? "its host" : request.host_name));
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
    const auto token = sign_or_end(context.env, *request, options.key);
    if (!token) return fail(token.error());
    print(context, *request, *token);
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
