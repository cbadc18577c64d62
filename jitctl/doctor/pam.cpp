// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/pam.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "core/duration.hpp"

namespace jit::ctl::doctor {
namespace {

constexpr char kFolder[] = "/etc/pam.d";
constexpr char kStore[] = "/var/lib/jit-pam";

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/** What the service's first file says is what people meet. */
Gate gate_of(const std::vector<PamStatus>& files, std::string_view service) {
    const auto file = std::ranges::find(files, service, &PamStatus::service);
    if (file == files.end() || file->state == "off") return Gate::off;
    return file->state == "permissive" ? Gate::permissive : Gate::on;
}

/** As it was meant: a service that was tried out first is not made to refuse by a repair. */
std::string enable(const Pam& pam, const std::string& service) {
    const bool permissive = std::ranges::find(pam.permissive, service) != pam.permissive.end();
    return fmt::format("jitctl pam enable {} {}", service,
                       permissive ? "--permissive" : "--confirm 10min");
}

std::string again(const Pam& pam, const PamStatus& file) {
    return fmt::format("jitctl pam disable {} && {}", file.service, enable(pam, file.service));
}

/** What package managers and editors leave beside a file: no service is called so. */
bool is_backup(std::string_view name) {
    return name.starts_with('.') || name.ends_with('~') ||
           name.find(".dpkg-") != std::string_view::npos ||
           name.find(".ucf-") != std::string_view::npos;
}

bool is_permissive(Look& look, const Pam& pam, std::string_view service) {
    bool enforces = false;
    for (const auto& file : pam.files) {
        if (file.service != service) continue;
        if (line_with(look.text(file.file).value_or(""), {"pam_jit.so", "permissive"}) > 0)
            return true;
        enforces = enforces || file.state == "on";
    }
    if (enforces || std::ranges::find(pam.remembered, service) == pam.remembered.end())
        return false;
    const auto text = look.text(fmt::format("{}/enabled-{}", kStore, service));
    return text && line_with(*text, {"mode=permissive"}) > 0;
}

/** A file that includes its sibling stands as that one does, and is not told twice. */
bool is_told(const std::vector<PamStatus>& files, const PamStatus& file) {
    const auto first = std::ranges::find(files, file.service, &PamStatus::service);
    return &*first != &file && first->state == file.state && file.line == 0;
}

void judge_file(Findings& out, const Pam& pam, const PamStatus& file) {
    if (file.state == "permissive")
        out.warning("pam-permissive",
                    fmt::format("{}: permissive: nobody is refused; jitctl log shows who would be",
                                file.file),
                    fmt::format("jitctl pam enable {} --confirm 10min", file.service));
    if (file.state == "partial")
        out.problem("pam-lines-missing",
                    fmt::format("{}: not every line of the gate is there and strict", file.file),
                    again(pam, file));
    if (file.state == "out of order")
        out.problem(
            "pam-out-of-order",
            fmt::format("{}:{}: stands before the gate's first line or behind its last: people may "
                        "get past the gate, or sessions out of their scope",
                        file.file, file.line),
            again(pam, file));
}

/** sudo asks and sudo-i does not: `sudo -i` is a way around. */
void judge_sibling(Findings& out, const Pam& pam, const PamStatus& file, Gate first) {
    const std::string name = base_name(file.file);
    if (name == file.service || file.state != "off" || first == Gate::off) return;
    out.problem(name + "-not-gated",
                fmt::format("{}: {} asks for no grant while {} does", file.file,
                            name == "sudo-i" ? "sudo -i" : "su -", file.service),
                again(pam, file));
}

void judge_waiting(Findings& out, const PamWaiting& one) {
    if (one.pending)
        out.warning(
            "pam-unconfirmed",
            fmt::format("{}: the last change waits to be confirmed: {} goes back to {} in {}",
                        kStore, one.service, state_after(*one.pending),
                        core::format_duration(one.left)),
            fmt::format("try {0} from another shell, then jitctl pam confirm {0}", one.service));
    if (one.reverted)
        out.warning(
            "pam-reverted",
            fmt::format("{}: {} went back to {}: nobody confirmed the change before the {}", kStore,
                        one.service, state_after(*one.reverted), one.reverted->why),
            fmt::format("jitctl pam enable {} --confirm 10min, and jitctl pam confirm when "
                        "it works",
                        one.service));
}

void judge_services(Findings& out, const Pam& pam, const Accounts& accounts) {
    const Gates gates = pam.gates();
    if (!gates.any()) {
        out.warning(
            "nothing-gated",
            "/etc/pam.d: neither sudo nor su nor sshd asks for a grant: all is as without "
            "JIT",
            "jitctl pam enable sudo --permissive, and with --confirm 10min instead when jitctl "
            "log shows nobody missing");
        return;
    }
    if (gates.sudo == Gate::off)
        out.problem("sudo-not-gated",
                    "/etc/pam.d/sudo: sudo asks for no grant while another service does",
                    enable(pam, "sudo"));
    if (gates.su == Gate::off && accounts.root != Password::locked)
        out.note("su-not-gated",
                 "/etc/pam.d/su: su asks for no grant: who knows root's password needs none",
                 enable(pam, "su"));
}

}  // namespace

Gates Pam::gates() const {
    return {gate_of(files, "sudo"), gate_of(files, "su"), gate_of(files, "sshd")};
}

std::vector<std::string> Pam::asking() const {
    std::vector<std::string> out;
    for (const auto& file : files)
        if (file.state != "off") out.push_back(base_name(file.file));
    return out;
}

Pam read_pam(Look& look) {
    Pam out;
    auto files = pam_status({}, look.at("/"));
    if (files)
        out.files = *std::move(files);
    else
        look.could_not(files.error().text);
    const std::size_t root = look.at("").size();
    for (auto& file : out.files) file.file.erase(0, root);
    for (const auto& name : look.names(kFolder)) {
        const std::string path = fmt::format("{}/{}", kFolder, name);
        if (is_backup(name) ||
            std::ranges::find(out.files, path, &PamStatus::file) != out.files.end())
            continue;
        if (const auto line = line_of_module(look.text(path).value_or("")); line > 0)
            out.elsewhere.push_back({path, line});
    }
    for (auto path : pam_modules(look.at("/"))) {
        path.erase(0, root);
        if (const auto stat = look.stat(path)) out.modules.push_back({path, *stat});
    }
    PamHost host = system_pam_host();
    host.root = look.at("/");
    if (auto waiting = pam_waiting(host, {}))
        out.waiting = *std::move(waiting);
    else
        look.could_not(kStore);
    const PamStore store(host.root);
    for (const char* service : {"sudo", "su", "sshd"})
        if (store.is_enabled(service)) out.remembered.emplace_back(service);
    for (const char* service : {"sudo", "su", "sshd"})
        if (is_permissive(look, out, service)) out.permissive.emplace_back(service);
    return out;
}

void judge(Findings& out, const Pam& pam, const Accounts& accounts) {
    const Gates gates = pam.gates();
    for (const auto& file : pam.files) {
        if (!is_told(pam.files, file)) judge_file(out, pam, file);
        judge_sibling(out, pam, file,
                      file.service == "sudo" ? gates.sudo
                      : file.service == "su" ? gates.su
                                             : gates.sshd);
    }
    for (const auto& one : pam.waiting) judge_waiting(out, one);
    for (const auto& service : pam.remembered)
        if (gate_of(pam.files, service) == Gate::off)
            out.problem(
                "pam-lines-gone",
                fmt::format("/etc/pam.d/{0}: {0} was gated by jitctl, and the lines are gone",
                            service),
                enable(pam, service));
    for (const auto& line : pam.elsewhere)
        out.problem("pam-line-elsewhere",
                    fmt::format("{}:{}: pam_jit.so knows only sudo, su and sshd, and refuses every "
                                "other service",
                                line.file, line.line),
                    fmt::format("take line {} out of {}", line.line, line.file));
    if (gates.any() && pam.modules.empty())
        out.problem("pam-module-missing",
                    "pam_jit.so: not beside libpam's modules: every gated service refuses "
                    "everybody, root too",
                    "apt install --reinstall libpam-jit, or jitctl pam disable sudo, su and sshd");
    for (const auto& module : pam.modules)
        if (module.stat.uid != 0 || module.stat.others_may_write())
            out.problem(
                "pam-module-mode",
                fmt::format("{}: others than root may change what sudo loads as root", module.path),
                fmt::format("chown root:root {0} && chmod 0644 {0}", module.path));
    judge_services(out, pam, accounts);
}

}  // namespace jit::ctl::doctor
