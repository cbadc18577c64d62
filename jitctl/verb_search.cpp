// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>

#include "core/text.hpp"
#include "jitctl/paged.hpp"
#include "jitctl/recording/search_index.hpp"
#include "jitctl/recording/sessions.hpp"
#include "jitctl/verb.hpp"

namespace jit::ctl {
namespace {

using recording::Damaged;
using recording::Hit;
using recording::Session;
namespace fs = std::filesystem;
using Sessions = std::map<std::string, Session>;

struct Found {
    std::vector<Hit> hits;
    std::vector<Damaged> damaged;
};

/** All recorded ones whose recording no other overwrote: what the index does not hear of it forgets. */
core::Result<Sessions> recorded() {
    const auto all = recording::read_sessions({});
    if (!all) return all.failure();
    std::map<std::string, const Session*> last;  // by place
    for (const auto& session : *all)
        if (!session.recording.empty()) last[session.recording] = &session;
    Sessions out;
    for (const auto& [place, session] : last) out.insert_or_assign(session->id, *session);
    return out;
}

/** Recordings that no session of the journal is: their records are rotated out, the files are not. */
std::size_t count_unnamed(const Sessions& sessions, const std::string& root) {
    std::set<std::string> named;
    for (const auto& [id, session] : sessions) named.insert(root + "/" + session.recording);
    std::size_t out = 0;
    std::error_code error;
    fs::recursive_directory_iterator it(root, error);
    for (; !error && it != fs::recursive_directory_iterator(); it.increment(error)) {
        if (it->path().filename() == "timing" && !named.contains(it->path().parent_path().string())) ++out;
    }
    return out;
}

core::Result<Found> find(const Context& context, const Sessions& sessions, const std::string& text) {
    std::vector<recording::Indexed> there;
    for (const auto& [id, session] : sessions) {
        auto directory = recording::directory_of(session, context.env.recordings_dir);
        if (directory)
            there.push_back({id, *std::move(directory)});
        else if (directory.error().code != "NOT_FOUND")
            return directory.failure();
    }
    auto index = recording::SearchIndex::open(context.env.cache_dir);
    if (!index) return index.failure();
    if (auto ok = index->update(there); !ok) return ok.failure();
    auto hits = index->find(text);
    if (!hits) return hits.failure();
    auto damaged = index->damaged();
    if (!damaged) return damaged.failure();
    // Another search may have put sessions into the index that began after this one looked.
    const auto unknown = [&](const auto& one) { return !sessions.contains(one.session); };
    std::erase_if(*hits, unknown);
    std::erase_if(*damaged, unknown);
    return Found{*std::move(hits), *std::move(damaged)};
}

bool wanted(const Session& session, const SearchOptions& options) {
    return (options.user.empty() || session.user == options.user) && (!options.since || session.opened >= *options.since) &&
           (!options.until || session.opened <= *options.until);
}

void show(const Output& out, const Session& session, const Hit& hit) {
    const core::Wall at = session.opened + hit.at;
    if (out.json()) {
        out.line({{"time_usec", core::to_usec(at)},
                  {"session", session.id},
                  {"grant", session.grant},
                  {"user", session.user},
                  {"target", session.target},
                  {"line", hit.line}});
        return;
    }
    out.text(fmt::format("{} {} user={} target={} grant={}: {}\n", out.time(at), out.styled(Style::bold, session.id),
                         core::escape(session.user), core::escape(session.target), core::escape(session.grant), hit.line));
}

}  // namespace

int run(const Context& context, const SearchOptions& options) {
    const auto sessions = recorded();
    if (!sessions) return context.out.fail(sessions.error());
    auto found = find(context, *sessions, options.text);
    if (!found) return context.out.fail(found.error());
    auto& hits = found->hits;
    const auto session_of = [&](const auto& one) -> const Session& { return sessions->at(one.session); };
    std::erase_if(hits, [&](const Hit& hit) { return !wanted(session_of(hit), options); });
    std::ranges::stable_sort(hits, {}, [&](const Hit& hit) { return session_of(hit).opened; });

    {
        const Paged paged(context, true);
        for (const Hit& hit : hits)
            if (paged.good()) show(paged.out(), session_of(hit), hit);
    }
    if (hits.empty()) context.out.note("Nothing found.");
    for (const Damaged& one : found->damaged)
        if (wanted(session_of(one), options))
            (void)context.out.fail({"UNREADABLE", fmt::format("session {} is searched as far as it can be read: {}", one.session, one.what)});
    if (const auto unnamed = count_unnamed(*sessions, context.env.recordings_dir); unnamed > 0)
        (void)context.out.fail({"UNREADABLE", fmt::format("{} {} not searched: the journal has no record of the session any "
                                                          "more; see: sudoreplay -d {} -l",
                                                          unnamed, unnamed == 1 ? "recording is" : "recordings are",
                                                          context.env.recordings_dir)});
    return static_cast<int>(Exit::ok);
}

}  // namespace jit::ctl
