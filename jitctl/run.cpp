// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <vector>

#include "jitctl/cli.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {

namespace {

int run_parsed(int argc, char** argv, const Environment& env) {
    const std::vector<std::string> args(argv + (argc > 0 ? 1 : 0), argv + argc);
    auto parsed = parse_command_line(args, env);
    if (const auto* stop = std::get_if<CliStop>(&parsed)) {
        GlobalOptions options;
        options.json = stop->json;
        const Output out(env, options);
        if (stop->wrong) return out.fail({std::string(code::kUsage), stop->text});
        out.text(stop->text);
        return static_cast<int>(Exit::ok);
    }
    const auto& invocation = std::get<Invocation>(parsed);
    const Output out(env, invocation.global);
    const Context context{env, out};
    return std::visit([&](const auto& options) { return run(context, options); }, invocation.verb);
}

}  // namespace

int run_jitctl(int argc, char** argv, const Environment& env) {
    const int code = run_parsed(argc, argv, env);
    // A full disk must not look like a success; what did not fit the buffer failed earlier.
    if (std::fflush(env.out) == 0 && std::ferror(env.out) == 0) return code;
    std::fputs("jitctl: standard output: not all of it could be written\n", env.err);
    return code == 0 ? static_cast<int>(Exit::failure) : code;
}

}  // namespace jit::ctl
