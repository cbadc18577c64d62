// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>

#include "jitctl/log_line.hpp"
#include "jitctl/log_verify.hpp"
#include "jitctl/log_walk.hpp"
#include "jitctl/pager.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

int verify(const Context& context, trail::RecordSource& journal, const LogOptions& options) {
    const auto report = verify_log(journal, options.head);
    if (!report) return context.out.fail(Exit::failure, report.error());
    if (context.out.json())
        context.out.object(to_json(*report));
    else if (!context.out.quiet())
        context.out.text(to_text(*report));
    return static_cast<int>(report->result == core::ChainResult::ok ? Exit::ok : Exit::failure);
}

}  // namespace

int run(const Context& context, const LogOptions& options) {
    auto journal = trail::open_journal({options.user, options.grant});
    if (!journal) return context.out.fail(Exit::failure, journal.error());

    if (options.verify) return verify(context, **journal, options);

    std::optional<Pager> pager;
    Environment env = context.env;
    if (env.out_tty && context.out.options().pager && !options.follow && !context.out.json())
        env.out = pager.emplace(env.out).file();
    const Output out(env, context.out.options());

    bool any = false;
    const auto walked = walk_log(**journal, options, [&](const trail::LogRecord& record) {
        any = true;
        if (out.json())
            out.object(to_json(record));
        else
            out.text(to_line(record, out));
        if (options.follow) std::fflush(env.out);
        return std::ferror(env.out) == 0;
    });
    if (!walked) return context.out.fail(Exit::failure, walked.error());
    if (!any) context.out.note("No records.");
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
