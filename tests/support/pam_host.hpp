// SPDX-License-Identifier: Apache-2.0
// The files of a host that gating a service touches, in a folder of the test's.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "jitctl/pam_files.hpp"
#include "tests/support/temp_dir.hpp"

namespace jit::test {

/** Debian 12's files, shortened; the module beside libpam's. */
struct PamTree {
    TempDir dir;
    const std::string root = dir.path();

    PamTree() {
        const std::string plain =
            "#%PAM-1.0\n\n# Limits.\nsession required pam_limits.so\n@include common-auth\n"
            "@include common-account\n@include common-session\n";
        const std::string modules = "usr/lib/x86_64-linux-gnu/security/";
        dir.write(modules + "pam_permit.so", "");
        dir.write(modules + "pam_jit.so", "");
        for (const char* name : {"sudo", "sudo-i", "su", "sshd"})
            dir.write("etc/pam.d/" + std::string(name), plain);
        dir.write("etc/pam.d/su-l",
                  "auth include su\naccount include su\npassword include su\n"
                  "session optional pam_keyinit.so force revoke\nsession include su\n");
        std::filesystem::create_directories(dir.path("var/lib"));
        boot("one", 1000);
    }
    /** The clocks that jitctl and pam-lines.sh read. */
    void boot(const std::string& id, int uptime) const {
        dir.write("proc/sys/kernel/random/boot_id", id + "\n");
        dir.write("proc/uptime", std::to_string(uptime) + ".25 99.00\n");
    }
    /** pam-lines.sh; its exit code. */
    [[nodiscard]] int lines(const std::string& action) const {
        return run({"/bin/sh", JIT_PAM_LINES, action, root});
    }
    [[nodiscard]] std::string text(const std::string& file) const {
        return dir.read("etc/pam.d/" + file);
    }
    [[nodiscard]] bool remembers(const std::string& file) const {
        return std::filesystem::exists(dir.path("var/lib/jit-pam/" + file));
    }
    /** "on on off " of the files of one service, or of all. */
    [[nodiscard]] std::string states(const std::string& service = {}) const {
        std::string out;
        const auto all = ctl::pam_status(service, root);
        if (!all) return all.error().text;
        for (const auto& status : *all) out += status.state + " ";
        return out;
    }
    /** Every file of /etc/pam.d, hidden ones too. */
    [[nodiscard]] std::map<std::string, std::string> files() const {
        std::map<std::string, std::string> out;
        for (const auto& entry : std::filesystem::directory_iterator(dir.path("etc/pam.d")))
            out[entry.path().filename()] = text(entry.path().filename());
        return out;
    }
};

}  // namespace jit::test
