// SPDX-License-Identifier: Apache-2.0
#include <systemd/sd-id128.h>

#include <array>
#include <memory>
#include <nlohmann/json.hpp>

#include "jitctl/bus_records.hpp"
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

std::string boot_id() {
    sd_id128_t id{};
    std::array<char, SD_ID128_STRING_MAX> text{};
    return sd_id128_get_boot(&id) < 0 ? "" : sd_id128_to_string(id, text.data());
}

/** The journal itself, or what of it jitd lets the caller see. The chain can't be checked by parts. */
core::Result<std::unique_ptr<trail::RecordSource>> open_records(const Environment& env,
                                                                const trail::JournalFilter& filter,
                                                                const LogOptions& options) {
    const bool whole = options.verify;
    if (env.reads_journal || whole) {
        auto journal = trail::open_journal(filter);
        if (journal || whole || journal.error().code != "UNREADABLE" || env.uid == 0) return journal;
    }
    return std::unique_ptr<trail::RecordSource>(std::make_unique<BusRecords>(env, filter, options.since, options.until));
}

}  // namespace

int run(const Context& context, const LogOptions& options) {
    trail::JournalFilter filter = options;
    if (options.this_boot) filter.boot = boot_id();
    if (options.this_boot && filter.boot.empty())
        return context.out.fail(Exit::failure, {"FAILED", "--boot: the kernel does not tell the id of this boot"});
    if (options.commands) return run_log_commands(context, options, filter);
    auto journal = open_records(context.env, filter, options);
    if (!journal) return context.out.fail(journal.error());

    if (options.verify) return verify(context, **journal, options);

    const Paged paged(context, !options.follow);
    const Output& out = paged.out();
    bool any = false;
    const auto walked = walk_log(**journal, options, [&](const trail::LogRecord& record) {
        any = true;
        if (out.json())
            out.line(to_json(record));
        else
            out.text(to_line(record, out));
        if (options.follow) paged.flush();
        return paged.good();
    });
    if (!walked) return context.out.fail(walked.error());
    if (!any) context.out.note("No records.");
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
