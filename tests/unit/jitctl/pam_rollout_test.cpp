// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE pam_rollout
#include "jitctl/pam_rollout.hpp"

#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "jitctl/gate_ready.hpp"
#include "jitctl/manager_client.hpp"
#include "tests/support/pam_host.hpp"

using namespace jit::ctl;
using namespace std::chrono_literals;
using jit::test::PamTree;

namespace {

namespace fs = std::filesystem;

struct Fixture : PamTree {
    std::vector<std::string> started, stopped;
    PamHost host{root,
                 [this](const PamPending& pending, jit::core::Usec) {
                     started.push_back(pending.timer);
                     return jit::core::Result<void>();
                 },
                 [this](const PamPending& pending) { stopped.push_back(pending.timer); }};

    PamOutcome enable(const std::string& service, PamMode mode = PamMode::enforce,
                      std::optional<jit::core::Usec> confirm = {}) const {
        const auto outcome = pam_enable(host, service, mode, confirm);
        BOOST_REQUIRE_MESSAGE(outcome, (outcome ? "" : outcome.error().text));
        return *outcome;
    }
    void revert(int code = 0) const { BOOST_TEST(lines("revert") == code); }
    void pass_deadline() const { boot("one", 100000); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(PamRollout, Fixture)

BOOST_AUTO_TEST_CASE(without_confirm_nothing_waits_and_the_gate_is_remembered) {
    const auto outcome = enable("sudo", PamMode::permissive);
    BOOST_TEST(!outcome.pending.has_value());
    BOOST_TEST(started.empty());
    BOOST_TEST(dir.read("var/lib/jit-pam/enabled-sudo") == "mode=permissive\n");
    struct stat st {};
    BOOST_TEST(::stat(dir.path("var/lib/jit-pam").c_str(), &st) == 0);
    BOOST_TEST((st.st_mode & 07777) == 0700U);
    enable("sudo");
    BOOST_TEST(dir.read("var/lib/jit-pam/enabled-sudo") == "mode=on\n");
    BOOST_REQUIRE(pam_disable(host, "sudo"));
    BOOST_TEST(!remembers("enabled-sudo"));
}

BOOST_AUTO_TEST_CASE(a_change_is_undone_when_its_time_is_over_by_either_clock_or_after_a_reboot) {
    const auto before = files();
    const auto cases = std::vector<std::function<void()>>{
        [&] { boot("one", 1605); },  // suspended, or the wall clock was set back
        [&] { boot("two", 5); },
        [&] {
            const auto text = dir.read("var/lib/jit-pam/pending-sudo");
            dir.write("var/lib/jit-pam/pending-sudo", "undo=off\nwall=1000\n" + text);
        },
        [&] { dir.write("var/lib/jit-pam/pending-sudo", "rubbish"); }};
    for (const auto& make_due : cases) {
        boot("one", 1000);
        enable("sudo", PamMode::enforce, 10min);
        revert();
        BOOST_TEST(states("sudo") == "on on ");
        make_due();
        revert();
        BOOST_TEST((files() == before));
        BOOST_TEST(!remembers("pending-sudo"));
        BOOST_TEST(!remembers("enabled-sudo"));
        BOOST_TEST(remembers("reverted-sudo"));
    }
}

BOOST_AUTO_TEST_CASE(it_goes_back_to_what_it_was) {
    for (const auto& [first, second] : {std::pair{PamMode::permissive, PamMode::enforce},
                                        std::pair{PamMode::enforce, PamMode::permissive}}) {
        for (const std::string service : {"sudo", "su", "sshd"}) {
            boot("one", 1000);
            enable(service, first);
            const auto before = files();
            enable(service, second, 10min);
            BOOST_TEST((files() != before));
            pass_deadline();
            revert();
            BOOST_TEST((files() == before), service);
            BOOST_TEST(dir.read("var/lib/jit-pam/enabled-" + service) ==
                       (first == PamMode::enforce ? "mode=on\n" : "mode=permissive\n"));
        }
    }
}

BOOST_AUTO_TEST_CASE(lines_whose_columns_somebody_lined_up_go_back_too) {
    for (const std::string undo : {"off", "permissive"}) {
        boot("one", 1000);
        if (undo == "permissive") enable("sudo", PamMode::permissive);
        enable("sudo", PamMode::enforce, 10min);
        std::string lined_up = text("sudo");
        for (auto at = lined_up.find(" pam_jit.so "); at != std::string::npos; at = lined_up.find(" pam_jit.so ", at))
            lined_up.replace(at, 12, "\t\tpam_jit.so\t");
        dir.write("etc/pam.d/sudo", lined_up);
        pass_deadline();
        revert();
        BOOST_TEST(states("sudo") == undo + " " + undo + " ");
        BOOST_REQUIRE(pam_disable(host, "sudo"));
    }
}

BOOST_AUTO_TEST_CASE(a_su_that_is_gated_no_more_keeps_its_nest_lines_while_sudo_is_gated) {
    const auto ungated = files();
    for (const bool missing : {false, true}) {
        if (missing) fs::remove(dir.path("etc/pam.d/su-l"));
        boot("one", 1000);
        enable("sudo");
        const auto before = files();
        enable("su", PamMode::enforce, 10min);
        pass_deadline();
        revert();
        BOOST_TEST((files() == before));
    }
    boot("one", 1000);
    enable("su", PamMode::permissive, 10min);
    BOOST_REQUIRE(pam_disable(host, "sudo"));
    pass_deadline();
    revert();
    auto without_su_l = ungated;
    without_su_l.erase("su-l");
    BOOST_TEST((files() == without_su_l));
}

BOOST_AUTO_TEST_CASE(later_edits_of_others_survive) {
    enable("sudo", PamMode::enforce, 10min);
    dir.write("etc/pam.d/sudo", text("sudo") + "# mine\n");
    const auto expected = text("sudo-i");
    pass_deadline();
    revert();
    BOOST_TEST(text("sudo").ends_with("@include common-session\n# mine\n"));
    BOOST_TEST(text("sudo").find("pam_jit") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_confirmed_change_stays) {
    enable("sudo", PamMode::enforce, 10min);
    enable("sshd", PamMode::permissive, 10min);
    BOOST_TEST(pam_waiting(host, "")->size() == 2U);
    const auto one = pam_confirm(host, "sshd");
    BOOST_REQUIRE(one);
    BOOST_TEST((*one == std::vector<std::string>{"sshd"}));
    const auto rest = pam_confirm(host, "");
    BOOST_REQUIRE(rest);
    BOOST_TEST((*rest == std::vector<std::string>{"sudo"}));
    BOOST_TEST((stopped == std::vector{started[1], started[0]}));
    pass_deadline();
    revert();
    BOOST_TEST(states("sudo") == "on on ");
    BOOST_TEST(pam_confirm(host, "").error().code == "NOT_FOUND");
}

BOOST_AUTO_TEST_CASE(a_late_confirm_says_what_happened) {
    enable("sudo", PamMode::enforce, 10min);
    boot("two", 5);
    revert();
    const auto late = pam_confirm(host, "");
    BOOST_REQUIRE(!late);
    BOOST_TEST(late.error().code == "REVERTED");
    BOOST_TEST(late.error().text.find("before the reboot, so sudo went back to off") !=
               std::string::npos);
    const auto waiting = pam_waiting(host, "sudo");
    BOOST_TEST(waiting->at(0).reverted.has_value());
    enable("sudo");
    BOOST_TEST(pam_waiting(host, "sudo")->empty());
}

BOOST_AUTO_TEST_CASE(of_two_unconfirmed_changes_the_first_is_what_counts) {
    const auto before = files();
    enable("sudo", PamMode::permissive, 10min);
    const auto second = enable("sudo", PamMode::enforce, 20min);
    BOOST_TEST(second.pending->undo == "off");
    BOOST_TEST((stopped == std::vector{started[0]}));
    boot("one", 1700);
    revert();
    BOOST_TEST(states("sudo") == "on on ");
    // An enable without --confirm does not confirm: configuration management repeats it by itself.
    const auto third = enable("sudo");
    BOOST_TEST(third.changed.empty());
    BOOST_TEST(third.pending.has_value());
    pass_deadline();
    revert();
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(where_nothing_changes_nothing_has_to_be_confirmed) {
    enable("sudo");
    BOOST_TEST(!enable("sudo", PamMode::enforce, 10min).pending.has_value());
    BOOST_TEST(started.empty());
}

BOOST_AUTO_TEST_CASE(a_disabled_service_has_nothing_to_confirm_and_does_not_come_back) {
    enable("sudo");
    enable("sudo", PamMode::permissive, 10min);
    BOOST_REQUIRE(pam_disable(host, "sudo"));
    BOOST_TEST(stopped.size() == 1U);
    BOOST_TEST(pam_waiting(host, "")->empty());
    const auto off = files();
    pass_deadline();
    revert();
    BOOST_TEST(lines("restore") == 0);
    BOOST_TEST((files() == off));
}

BOOST_AUTO_TEST_CASE(a_store_that_cannot_be_written_keeps_no_lines_in) {
    const auto before = files();
    for (const bool folder : {true, false}) {
        enable("sudo", PamMode::enforce, 10min);
        const std::string path =
            folder ? dir.path("var/lib/jit-pam") : dir.path("var/lib/jit-pam/enabled-sudo");
        fs::remove_all(path);
        if (folder)
            dir.write("var/lib/jit-pam", "");  // can't be locked
        else
            fs::create_directory(path);  // can't be unlinked
        const auto failed = pam_disable(host, "sudo");
        BOOST_TEST((files() == before));
        BOOST_REQUIRE(!failed);
        BOOST_TEST(failed.error().text.starts_with(
            "sudo is ungated, but an upgrade would gate it again: pam: " + path + ": "));
        if (!folder) BOOST_TEST((stopped == std::vector{started.back()}));
        fs::remove_all(dir.path("var/lib/jit-pam"));
    }
}

BOOST_AUTO_TEST_CASE(a_change_that_cannot_be_forgotten_is_told) {
    enable("sudo");
    const auto on = enable("sudo", PamMode::permissive, 10min);
    fs::remove(dir.path("var/lib/jit-pam/enabled-sudo"));
    // A mount point can be read, and not removed.
    const std::string file = dir.path("var/lib/jit-pam/pending-sudo");
    if (jit::test::run({"/bin/mount", "--bind", file, file}) != 0) {
        BOOST_TEST_MESSAGE("may not mount here");
        return;
    }
    const auto failed = pam_disable(host, "sudo");
    BOOST_REQUIRE(jit::test::run({"/bin/umount", file}) == 0);
    BOOST_REQUIRE(!failed);
    BOOST_TEST(failed.error().text.find("a reboot would take back to on: ") != std::string::npos);
    BOOST_TEST(text("sudo").find("pam_jit") == std::string::npos);
    BOOST_TEST((stopped == std::vector{on.pending->timer}));
}

BOOST_AUTO_TEST_CASE(a_gate_that_does_not_answer_or_cannot_decide_is_not_put_in) {
    BOOST_TEST(bool(gate_ready(Json{{"state", "ok"}})));
    const auto lost = gate_ready(Json{{"state", "needs-recovery"}});
    BOOST_REQUIRE(!lost);
    BOOST_TEST(lost.error().code == "UNREACHABLE");
    BOOST_TEST(lost.error().text.find("needs-recovery") != std::string::npos);
    BOOST_TEST(lost.error().text.find("journalctl -u jitd") != std::string::npos);
    BOOST_TEST(!gate_ready(Json::object()));
    Environment env;
    env.gate_socket = dir.path("gate");
    env.bus_address = "unix:path=" + dir.path("bus");
    const auto gone = gate_ready(ManagerClient(env).gate_status());
    BOOST_REQUIRE(!gone);
    BOOST_TEST(gone.error().code == "UNREACHABLE");
    BOOST_TEST(gone.error().text.find(env.gate_socket + ": No such file") != std::string::npos);
    BOOST_TEST(gone.error().text.find("systemctl restart jitd.socket jitd.service") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_store_in_use_keeps_the_lines_as_they_are) {
    enable("sudo");
    const auto before = files();
    PamStore other(root);
    BOOST_REQUIRE(other.lock());
    BOOST_TEST(!pam_disable(host, "sudo"));
    BOOST_TEST((files() == before));
}

BOOST_AUTO_TEST_CASE(without_a_timer_nothing_is_changed) {
    const auto before = files();
    host.start_timer = [](const auto&, auto) {
        return jit::core::Result<void>(jit::core::fail("FAILED", "no timer"));
    };
    BOOST_TEST(!pam_enable(host, "sudo", PamMode::enforce, 10min));
    BOOST_TEST((files() == before));
    BOOST_TEST(!remembers("pending-sudo"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_gated_leaves_nothing_to_confirm) {
    dir.write("etc/pam.d/sudo-i", "session sufficient pam_x.so\n");
    BOOST_TEST(!pam_enable(host, "sudo", PamMode::enforce, 10min));
    BOOST_TEST(started.empty());
    BOOST_TEST(!remembers("pending-sudo"));
    BOOST_TEST(!remembers("enabled-sudo"));
}

BOOST_AUTO_TEST_CASE(a_file_that_cannot_be_written_gives_the_others_back) {
    const auto before = files();
    const std::string last = dir.path("etc/pam.d/su");
    if (jit::test::run({"/bin/mount", "--bind", last, last}) != 0) {
        BOOST_TEST_MESSAGE("may not mount here");
        return;
    }
    const auto failed = pam_enable(host, "sudo", PamMode::enforce, 10min);
    BOOST_REQUIRE(jit::test::run({"/bin/umount", last}) == 0);
    BOOST_REQUIRE(!failed);
    BOOST_TEST(failed.error().text.find("etc/pam.d/su: replace") != std::string::npos);
    BOOST_TEST((files() == before));
    BOOST_TEST(!remembers("pending-sudo"));
    BOOST_TEST(!remembers("enabled-sudo"));
    BOOST_TEST((stopped == started));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_undone_now_is_undone_later) {
    const auto before = files();
    enable("sudo", PamMode::enforce, 10min);
    pass_deadline();
    const std::string file = dir.path("etc/pam.d/sudo");
    // A mount point can't be renamed over, as little as an immutable file.
    if (jit::test::run({"/bin/mount", "--bind", file, file}) != 0) {
        BOOST_TEST_MESSAGE("may not mount here");
        return;
    }
    revert(1);
    BOOST_TEST(text("sudo-i") == before.at("sudo-i"));
    BOOST_TEST(remembers("pending-sudo"));
    BOOST_REQUIRE(jit::test::run({"/bin/umount", file}) == 0);
    revert();
    BOOST_TEST((files() == before));
    BOOST_TEST(!remembers("pending-sudo"));
}

BOOST_AUTO_TEST_CASE(two_at_once_are_refused) {
    PamStore other(root);
    BOOST_REQUIRE(other.lock());
    BOOST_TEST(pam_enable(host, "sudo", PamMode::enforce, {}).error().text.find("try again") !=
               std::string::npos);
}

/** Runs `work` in a child that is killed when it enters its n-th system call; false if it had
 * fewer. */
template <class Work>
bool killed_at(int n, const Work& work) {
    const pid_t child = ::fork();
    if (child == 0) {
        ::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr);
        ::raise(SIGSTOP);
        work();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    for (int stops = 0; ::ptrace(PTRACE_SYSCALL, child, nullptr, nullptr) == 0; ++stops) {
        ::waitpid(child, &status, 0);
        if (WIFEXITED(status)) return false;
        if (stops < 2 * n) continue;  // each is seen going in and coming out
        ::kill(child, SIGKILL);
        ::waitpid(child, &status, 0);
        return true;
    }
    return false;
}

BOOST_AUTO_TEST_CASE(killed_at_any_system_call_each_file_is_old_or_new_and_the_way_back_is_there) {
    const auto before = files();
    host.start_timer = [](const auto&, auto) { return jit::core::Result<void>(); };
    enable("sudo", PamMode::enforce, 10min);
    const auto after = files();
    pass_deadline();
    revert();
    BOOST_REQUIRE((files() == before));
    int n = 0;
    int half = 0;
    for (bool killed = true; killed; ++n) {
        boot("one", 1000);
        killed = killed_at(n, [&] { (void)pam_enable(host, "sudo", PamMode::enforce, 10min); });
        const auto now = files();
        for (const auto& [name, content] : before) {
            BOOST_TEST_REQUIRE((now.at(name) == content || now.at(name) == after.at(name)));
            // A file that has changed can go back.
            BOOST_TEST_REQUIRE((now.at(name) == content || remembers("pending-sudo")));
        }
        half += now != before && now != after;
        pass_deadline();
        revert();
        auto back = files();
        std::erase_if(back, [](const auto& file) { return file.first.starts_with('.'); });
        BOOST_TEST_REQUIRE((back == before));
        for (const auto& [name, content] : files())
            if (name.starts_with('.')) fs::remove(dir.path("etc/pam.d/" + name));
        fs::remove_all(dir.path("var/lib/jit-pam"));
    }
    BOOST_TEST(n > 100);
    BOOST_TEST(half > 5);
    BOOST_TEST_MESSAGE("killed at " << n << " system calls, " << half << " times half-way");
}

BOOST_AUTO_TEST_SUITE_END()
