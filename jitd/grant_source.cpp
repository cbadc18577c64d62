// SPDX-License-Identifier: Apache-2.0
#include "jitd/grant_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <cstring>
#include <set>

#include "core/codes.hpp"
#include "core/record.hpp"
#include "jitd/accounts.hpp"
#include "jitd/clock.hpp"

namespace jit::daemon {
namespace {

constexpr std::uint64_t kRetry = 60'000'000;
constexpr std::uint64_t kPatience = 2'000'000;  // files that never stop moving are read all the same
constexpr std::uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVED_FROM | IN_CREATE | IN_DELETE | IN_ATTRIB |
                                  IN_DELETE_SELF | IN_MOVE_SELF;
constexpr std::size_t kMaxResolve = 256;  // accounts looked up at acceptance; the others are pinned at first use

/** Identity of a file's content as far as a writer can't keep it the same: changes mean read again. */
std::string stamp(const std::string& path, int flags = 0) {
    struct stat st {};
    if (::fstatat(AT_FDCWD, path.c_str(), &st, flags) < 0) return path + ":-;";
    return path + ":" + std::to_string(st.st_ino) + ":" + std::to_string(st.st_size) + ":" +
           std::to_string(st.st_ctim.tv_sec) + "." + std::to_string(st.st_ctim.tv_nsec) + ";";
}

std::string config_key(const Environment& environment) {
    std::string out;
    for (const auto* name : {"/jitd.toml", "/host.toml", "/trust.toml", "/policy.toml", "/jitd.toml.d"}) {
        out += stamp(environment.config_dir + name);
    }
    return out + stamp(environment.vendor_dir + "/jitd.toml") + stamp(environment.vendor_dir + "/policy.toml");
}

/** Refusals that time or room may cure without a new delivery. */
bool may_pass(const core::FileEvent& event) {
    if (event.loaded) return true;
    const auto& code = event.loaded.error().code;
    return code == core::file_code::kFastForward || code == core::file_code::kIssued ||
           code == core::file_code::kClockBack || code == core::file_code::kKeyWindow || code == kNoRoom;
}

}  // namespace

/** One run on the worker: its inputs are copied in, its results carried back to the loop. */
struct GrantSource::Job {
    // in
    bool force = false, first = false;
    bool recovery = false;  // without marks no delivery can be told from an old one
    std::string last_key;
    std::shared_ptr<const core::Config> last_config;
    core::FileState file;
    core::Floor floor;
    core::Now now;
    std::string accepted_identity, refused;  // of deliveries: hash of both files, or why they can't be read
    // out
    std::string key;
    ConfigReading reading;
    std::optional<core::FileEvent> accepted, delivered;
    std::string identity;
    bool failed = false;

    void run(const Environment& environment);

  private:
    core::FileEvent load(core::Result<Pair>& pair, core::LoadMode mode, const std::string& name);
};

core::FileEvent GrantSource::Job::load(core::Result<Pair>& source, core::LoadMode mode, const std::string& name) {
    core::FileEvent event{core::Result<core::SignedGrants>(core::fail("", "")), mode, {}, true, false};
    if (!source) {
        event.loaded = source.failure();
        return event;
    }
    core::LoadRequest request{*source, source->signature(), name, reading.config->trust};
    request.policy = &reading.config->policy;
    request.host = &reading.config->host;
    request.now = now.wall;
    request.marks = {file.serial, file.sha256};
    request.mode = mode;
    event.loaded = core::load_grant_file(request);
    if (!event.loaded) return event;
    if (mode == core::LoadMode::accepted || event.loaded->unchanged) return event;  // pinned before
    if (first) return event;  // the gate is not open yet, and the user database may hang: pinned at first use
    std::set<std::string> names;
    for (const auto& grant : event.loaded->grants) {
        if (!grant.uid && names.size() < kMaxResolve) names.insert(grant.account);
    }
    for (const auto& account : names) {
        if (const auto uid = uid_of(account)) event.resolved[account] = *uid;
    }
    return event;
}

void GrantSource::Job::run(const Environment& environment) {
    key = config_key(environment);
    reading = read_config(environment, last_config);
    reading.changed = key != last_key;
    if (first || reading.changed || force) {
        auto copy = Pair::accepted(environment.state_dir);
        if (copy || copy.error().code != core::file_code::kMissing) {
            accepted = load(copy, core::LoadMode::accepted, "accepted copy of the grant file");
            accepted->record = reading.changed && !first;
            if (accepted->loaded && accepted->loaded->serial > file.serial) {
                file.serial = accepted->loaded->serial;  // its marks did not come to disk; it was taken all the same
                file.sha256 = accepted->loaded->sha256;
            }
        }
    }
    if (recovery) return;
    const auto path = environment.config_dir + "/grants.toml";
    auto delivery = Pair::copy(path, path + ".sig", environment.root_uid, environment.state_dir);
    const bool full = !delivery && delivery.error().code == kNoRoom;
    if (full) {
        delivery = Pair::copy(path, path + ".sig", environment.root_uid, environment.state_dir, Pair::Place::memory);
    }
    if (!delivery) {
        struct stat st {};
        const bool none = delivery.error().code == core::file_code::kMissing && ::lstat(path.c_str(), &st) < 0;
        if (none) return;
        identity = delivery.error().text + stamp(path, AT_SYMLINK_NOFOLLOW) +
                   stamp(path + ".sig", AT_SYMLINK_NOFOLLOW);
        delivered = load(delivery, core::LoadMode::delivered, path);
        delivered->record = identity != refused;
        return;
    }
    identity = core::to_hex(delivery->digest().data(), delivery->digest().size());
    const bool known = identity == accepted_identity && file.state != "refused";
    if (known && !first && !force && !reading.changed) return;
    if (floor.refuses(now)) {
        delivered = core::FileEvent{core::fail(core::file_code::kClockBack, path + ": the clock of this host went back"),
                                    core::LoadMode::delivered, {}, true, false};
    } else {
        delivered = load(delivery, core::LoadMode::delivered, path);
    }
    if (delivered->loaded && delivered->loaded->serial < file.reduced) {
        delivered->loaded = core::fail(core::file_code::kRollback,
                                       path + ": a newer file has taken grants away; deliver that one again");
    }
    if (delivered->loaded && !delivered->loaded->unchanged) {
        const auto ok = full ? core::Result<void>(core::fail(kNoRoom, "")) : delivery->accept(environment.state_dir);
        delivered->reduce_only = !ok;
    }
    if (!delivered->loaded) delivered->record = identity != refused;
}

GrantSource::GrantSource(const Environment& environment, Engine& engine, Worker& worker, std::function<void()> changed)
    : environment_(environment), engine_(engine), worker_(worker), changed_(std::move(changed)) {}

core::Result<void> GrantSource::start(sd_event* event, Done ready) {
    int r = folders_.start(event, [this] { on_change(); });
    if (r >= 0) r = quiet_.init(event, CLOCK_MONOTONIC, kPriorityBus, [this] { run(); });
    if (r < 0) return core::fail("Failed", std::string("grant source: ") + std::strerror(-r));
    watch_folders();
    reload(std::move(ready));
    return {};
}

void GrantSource::watch_folders() {
    // Adding a watch again is no change. The parent's tells when the whole folder is replaced.
    const auto parent = environment_.config_dir.substr(0, environment_.config_dir.rfind('/'));
    parent_watch_ = folders_.add(parent, IN_CREATE | IN_MOVED_TO);
    for (const auto& dir : {environment_.config_dir, environment_.config_dir + "/jitd.toml.d"}) {
        (void)folders_.add(dir, kEvents);
    }
}

void GrantSource::on_change() {
    const auto folder = environment_.config_dir.substr(environment_.config_dir.rfind('/') + 1);
    bool ours = false;
    folders_.each([&](const inotify_event& event, std::string_view name) {
        ours = ours || event.wd != parent_watch_ || name == folder;
    });
    if (!ours) return;
    watch_folders();
    const auto now = monotonic();
    if (!first_change_) first_change_ = now;
    const auto quiet = static_cast<std::uint64_t>(environment_.quiet.count());
    quiet_.arm(std::min(now + quiet, *first_change_ + kPatience));
}

void GrantSource::reload(Done done) {
    (running_ ? next_waiting_ : waiting_).push_back(std::move(done));
    config_key_.clear();  // read as if everything had changed
    run();
}

void GrantSource::run() {
    if (running_) {
        again_ = true;
        return;
    }
    running_ = true;
    quiet_.disarm();
    first_change_.reset();
    watch_folders();
    auto job = std::make_shared<Job>();
    job->force = !waiting_.empty();
    job->first = first_;
    job->recovery = engine_.state().needs_recovery;
    job->last_key = config_key_;
    if (!first_) job->last_config = engine_.share_config();
    job->file = engine_.state().file;
    job->floor = engine_.state().floor;
    job->now = engine_.now();
    job->accepted_identity = accepted_identity_;
    job->refused = refused_;
    const bool posted = worker_.post_first([this, job, &environment = environment_]() -> Worker::Completion {
        job->failed = guarded([&] {
            job->run(environment);
            return 0;
        }) < 0;
        return [this, job] { finish(*job); };
    });
    if (!posted) {
        running_ = false;
        quiet_.arm(monotonic() + kPatience);
    }
}

/** True when it serves. */
bool GrantSource::take(const std::optional<core::FileEvent>& event) {
    if (!event) return false;
    bool good = event->loaded.has_value() && !event->reduce_only;
    engine_.handle(*event, [&](const Outcome& outcome) { good = good && !outcome.transition.refused; });
    return good;
}

void GrantSource::retry() {
    if (!first_change_) quiet_.arm(monotonic() + kRetry);  // otherwise something has changed meanwhile, and goes first
}

void GrantSource::finish(Job& job) {
    running_ = false;
    if (job.failed || !job.reading.config) {
        if (first_) job.reading.config = std::make_shared<core::Config>();
        retry();
    }
    problems_ = job.reading.problems;
    if (job.reading.changed || first_) {
        for (const auto& problem : problems_) std::fprintf(stderr, "<4>jitd: %s\n", problem.c_str());
    }
    config_key_ = job.key;
    if (job.reading.config) engine_.set_config(job.reading.config);
    const bool first = std::exchange(first_, false);
    // One step: a new file that comes with new keys replaces the old one before anything is judged by them.
    const bool fresh = job.delivered && job.delivered->loaded && !job.delivered->reduce_only;
    // On disk before its marks were: it counts, and goes on record, whatever becomes of the delivery.
    const bool found = job.accepted && job.accepted->loaded &&
                       job.accepted->loaded->serial > engine_.state().file.serial;
    if (!fresh || found) (void)take(job.accepted);
    const bool good = take(job.delivered);
    if (fresh && !good) (void)take(job.accepted);
    if (good) {
        accepted_identity_ = job.identity;
        refused_.clear();
    } else if (job.delivered) {
        refused_ = job.identity;
        if (may_pass(*job.delivered)) retry();
    }
    if (!first) engine_.settle();
    if (changed_ && (first || job.reading.changed)) changed_();
    auto done = std::exchange(waiting_, std::exchange(next_waiting_, {}));
    for (auto& callback : done) callback();
    if (std::exchange(again_, false) || !waiting_.empty()) run();
}

}  // namespace jit::daemon
