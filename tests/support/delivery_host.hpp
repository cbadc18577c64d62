// SPDX-License-Identifier: Apache-2.0
// jitd's grant source with all behind it, real files and the real clock: what is delivered, what is recorded, what
// serves. Everything is in one process and its loop is turned by the test.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "jitd/grant_source.hpp"
#include "tests/support/grant_files.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/test_loop.hpp"

namespace jit::test {

inline core::Wall clock_now() {
    return core::from_usec(static_cast<std::uint64_t>(
        std::chrono::duration_cast<core::Usec>(std::chrono::system_clock::now().time_since_epoch()).count()));
}

/** A file header as an approver would sign it now, and a grant for the next half hour. */
inline FileText header_now(std::uint64_t serial) {
    FileText out;
    out.serial = std::to_string(serial);
    out.issued = core::format_time(clock_now() - 60s);
    out.expires = core::format_time(clock_now() + 24h);
    return out;
}
inline GrantText grant_now(std::string_view id, std::string_view user) {
    GrantText out;
    out.id = "\"" + std::string(id) + "\"";
    out.user = "\"" + std::string(user) + "\"";
    out.uid = "";
    out.not_before = core::format_time(clock_now() - 60s);
    out.not_after = core::format_time(clock_now() + 30min);
    return out;
}
inline std::uint64_t serial_now() { return core::to_usec(clock_now()) / 1'000'000; }

struct TrustText {
    std::string threshold = "1";
    std::string key = "uses = [\"grant\"]\nroles = [\"*\"]\nhosts = [\"*\"]\nmax_duration = \"8h\"\n";  // of olivia's

    [[nodiscard]] std::string str(const TestKey& olivia, const TestKey& carol) const {
        return "format = 1\norg = \"example\"\ngrant_threshold = " + threshold +
               "\n[[principal]]\nname = \"olivia\"\naccounts = [\"olivia\"]\n" +
               "[[principal]]\nname = \"carol\"\naccounts = [\"carol\"]\n" +
               "[[key]]\nid = \"olivia-2026\"\nprincipal = \"olivia\"\npublic_key = \"" + olivia.public_key() + "\"\n" +
               key + "[[key]]\nid = \"carol-2026\"\nprincipal = \"carol\"\npublic_key = \"" + carol.public_key() +
               "\"\nuses = [\"grant\"]\nroles = [\"*\"]\nhosts = [\"*\"]\nmax_duration = \"8h\"\n";
    }
};

class DeliveryHost : daemon::Actions {
  public:
    TestKey olivia{1}, carol{2}, stranger{9};
    TempDir dir{"/dev/shm"};  // on a disk the test would do little but wait for fsync
    daemon::Environment environment;
    std::vector<std::string> records;  // "file.accepted 1795348800", "file.refused BAD_SIGNATURE"
    std::string dropped;               // JIT_DROPPED of the last file.accepted

    /** `quiet`: how long nothing moves before a delivery is read; by itself none is, within the time of a test. */
    explicit DeliveryHost(std::chrono::microseconds quiet = 1h) {
        dir.write("etc/host.toml", "name = \"db-01\"\n");
        dir.write("etc/policy.toml",
                  "[role.root]\nrun_as = [\"root\"]\nservices = [\"sudo\", \"su\"]\nmax_duration = \"8h\"\n");
        trust({});
        dir.write("vendor/none", "");
        dir.write("state/none", "");
        dir.write("machine-id", "0123456789abcdef0123456789abcdef\n");
        environment.config_dir = dir.path("etc");
        environment.vendor_dir = dir.path("vendor");
        environment.state_dir = dir.path("state");
        environment.journal_socket = dir.path("journal");
        environment.root_uid = ::getuid();
        environment.quiet = quiet;
        listen();
        start();
    }
    ~DeliveryHost() override { kill(); }

    void trust(const TrustText& text) const { dir.write("etc/trust.toml", text.str(olivia, carol)); }

    /** All that is in memory is gone; what the worker is at still reaches the disk. */
    void kill() {
        worker_.reset();  // first: its result must not come back to a source that is gone
        source_.reset();
        engine_.reset();
        journal_.reset();
        read();
    }
    /** `floor_ahead`: how far the clock is behind where it was. */
    void restart(core::Usec floor_ahead = 0s) {
        kill();
        start(floor_ahead);
    }
    void start(core::Usec floor_ahead = 0s) {
        auto clock = daemon::Clock::create();
        auto store = daemon::Store::open(environment.state_dir);
        if (!clock || !store) std::abort();
        auto loaded = store->load("machine", clock->now().boot_id);
        if (!loaded) std::abort();
        if (floor_ahead > 0s) loaded->state.floor = core::Floor(clock->now().wall + floor_ahead);
        journal_ = std::make_unique<daemon::Journal>();
        worker_ = std::make_unique<daemon::Worker>();
        if (!journal_->start(loop_.get(), environment.journal_socket) || !worker_->start(loop_.get())) std::abort();
        engine_ = std::make_unique<daemon::Engine>(*std::move(clock), std::make_unique<daemon::Store>(*std::move(store)),
                                                   *std::move(loaded), *journal_, static_cast<daemon::Actions&>(*this));
        source_ = std::make_unique<daemon::GrantSource>(environment, *engine_, *worker_);
        bool ready = false;
        if (!source_->start(loop_.get(), [&ready] { ready = true; })) std::abort();
        if (!loop_.until([&ready] { return ready; }) || !engine_->start(loop_.get())) std::abort();
    }
    /** Reads everything now, and returns when that serves. */
    void reload() {
        bool done = false;
        source_->reload([&done] { done = true; });
        if (!loop_.until([&done] { return done; })) std::abort();
    }
    /** Begins to read everything; the worker is at it while the test goes on. */
    void begin_reload() {
        source_->reload([] {});
    }
    void drain() { loop_.drain(); }
    bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = 10s) {
        return loop_.until(done, limit);
    }

    [[nodiscard]] std::string path(std::string_view name) const { return dir.path("etc/" + std::string(name)); }
    /** Both files in place, each by one rename. */
    void deliver(std::string_view content, std::string_view signature) const {
        replace("grants.toml.sig", signature);
        replace("grants.toml", content);
    }
    void replace(const std::string& name, std::string_view bytes) const {
        dir.write("etc/.new", bytes);
        std::rename(path(".new").c_str(), path(name).c_str());
    }

    [[nodiscard]] const core::State& state() const { return engine_->state(); }
    [[nodiscard]] std::string code(const std::string& account, std::uint32_t uid) const {
        core::Query query;
        query.account = account;
        query.uid = uid;
        query.service = "sudo";
        query.target = "root";
        query.loginuid = uid;
        return std::string(to_string(core::decide(query, engine_->state(), engine_->config(), engine_->now()).code));
    }

  private:
    void listen() {
        journald_ = Fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        environment.journal_socket.copy(address.sun_path, sizeof address.sun_path - 1);
        if (::bind(journald_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) std::abort();
        (void)reader_.start(loop_.get(), journald_.get(), EPOLLIN, daemon::kPriorityAudit, [this](auto) { read(); });
    }
    void read() {
        char buffer[16384];
        for (;;) {
            const auto n = ::recv(journald_.get(), buffer, sizeof buffer, 0);
            if (n < 0) return;
            const std::string_view text(buffer, static_cast<std::size_t>(n));
            const std::string kind = field(text, "JIT_EVENT");
            records.push_back(kind + " " + field(text, kind == "file.accepted" ? "JIT_SERIAL" : "JIT_CODE"));
            if (kind == "file.accepted") dropped = field(text, "JIT_DROPPED");
        }
    }
    static std::string field(std::string_view text, const std::string& name) {
        const auto at = ("\n" + std::string(text)).find("\n" + name + "=");
        if (at == std::string::npos) return "";
        const auto value = text.substr(at + name.size() + 1);
        return std::string(value.substr(0, value.find('\n')));
    }
    void stop(const std::string&, core::OnEnd) override {}
    void kill(const std::string&) override {}
    void announce(const core::Announce&) override {}
    void tell_everybody(const std::string&) override {}
    void tell_person(const jit::core::Session&, const std::string&) override {}
    void checkpoint() override { daemon::checkpoint(environment.state_dir); }

    TestLoop loop_;
    Fd journald_;
    daemon::Watch reader_;
    std::unique_ptr<daemon::Journal> journal_;
    std::unique_ptr<daemon::Worker> worker_;
    std::unique_ptr<daemon::Engine> engine_;
    std::unique_ptr<daemon::GrantSource> source_;
};

}  // namespace jit::test
