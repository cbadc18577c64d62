// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "jitctl/log_line.hpp"
#include "jitctl/log_verify.hpp"
#include "jitctl/log_walk.hpp"
#include "jitctl/paged.hpp"
#include "jitctl/log_commands.hpp"
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
    if (options.commands) return run_log_commands(context, options);
    auto journal = trail::open_journal({.user = options.user, .grant = options.grant, .event = {}, .session = options.session});
    if (!journal) return context.out.fail(Exit::failure, journal.error());

    if (options.verify) return verify(context, **journal, options);

    const Paged paged(context, !options.follow);
    const Output& out = paged.out();
    bool any = false;
    const auto walked = walk_log(**journal, options, [&](const trail::LogRecord& record) {
        any = true;
        if (out.json())
            out.object(to_json(record));
        else
            out.text(to_line(record, out));
        if (options.follow) paged.flush();
        return paged.good();
    });
    if (!walked) return context.out.fail(Exit::failure, walked.error());
    if (!any) context.out.note("No records.");
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
