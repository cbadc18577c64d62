// SPDX-License-Identifier: Apache-2.0
#include "jitctl/pam_files.hpp"

#include <algorithm>
#include <filesystem>

namespace jit::ctl {
namespace {

namespace fs = std::filesystem;

struct Service {
    std::string_view name;
    std::vector<std::string> files;  // the first must exist: the program is not installed otherwise
};

const std::vector<Service>& services() {
    static const std::vector<Service> all = {
        {"sudo", {"sudo", "sudo-i"}}, {"su", {"su", "su-l"}}, {"sshd", {"sshd"}}};
    return all;
}

core::Result<Service> service_of(std::string_view name) {
    for (const Service& service : services())
        if (service.name == name) return service;
    return core::fail("USAGE", "pam: " + std::string(name) + ": not one of sudo, su, sshd");
}

std::vector<std::string> siblings_of(const Service& service, const std::string& file) {
    auto others = service.files;
    std::erase(others, file);
    return others;
}

struct Machine {
    fs::path root;

    [[nodiscard]] std::string pam_file(const std::string& name) const {
        return root / "etc/pam.d" / name;
    }

    /** What libpam takes for a service without a file: the vendor's, or "other". */
    [[nodiscard]] std::string base_of(const std::string& name) const {
        std::error_code error;
        return fs::exists(root / "usr/lib/pam.d" / name, error) ? "/usr/lib/pam.d/" + name
                                                                : "other";
    }

    /** Where libpam would find the module: it lies beside libpam's own. */
    [[nodiscard]] std::vector<std::string> modules() const {
        std::vector<std::string> out;
        const auto add = [&out](const fs::path& folder) {
            if (is_module_folder(folder)) out.push_back(folder / "pam_jit.so");
        };
        for (const char* top : {"usr/lib", "usr/lib64", "lib", "lib64"}) {
            std::error_code error;
            if (fs::is_symlink(root / top, error)) continue;
            add(root / top / "security");
            for (const auto& entry : fs::directory_iterator(root / top, error))
                if (entry.path().filename().string().find("-linux-") != std::string::npos)
                    add(entry.path() / "security");
        }
        return out;
    }
    [[nodiscard]] bool has_module() const { return !modules().empty(); }
    static bool is_module_folder(const fs::path& folder) {
        std::error_code error;
        return fs::exists(folder / "pam_permit.so", error) &&
               fs::is_regular_file(folder / "pam_jit.so", error);
    }
};

core::Failure in_file(const std::string& path, const core::Error& error) {
    return core::fail(error.code, "pam: " + path + ": " + error.text);
}

/** One file's change: without the lines of `removed`, with `lines` in their place. */
core::Result<PamChange> plan(const Machine& machine, const Service& service,
                             const std::string& file, const std::vector<std::string_view>& removed,
                             const std::vector<PamLine>& lines, std::string_view owner) {
    auto content = read_pam_file(machine.pam_file(file));
    if (!content) return content.failure();
    PamChange change{std::move(*content), std::nullopt};
    bool made = false;  // by us, or missing
    std::string text = change.before.text.value_or("");
    for (const auto name : removed) {
        made = made || is_new_file(text, name);
        text = remove_lines(text, name);
    }
    const bool missing = !change.before.text || (made && text.empty());
    if (lines.empty()) {
        if (!missing) change.after = std::move(text);
        return change;
    }
    if (missing) text = new_file(owner, machine.base_of(file));
    const auto inserted = insert_lines(text, lines, siblings_of(service, file));
    if (!inserted) return in_file(change.before.path, inserted.error());
    change.after = *inserted;
    return change;
}

core::Result<PamReading> reading_of(const Machine& machine, const Service& service,
                                    const std::string& file) {
    const auto content = read_pam_file(machine.pam_file(file));
    if (!content) return content.failure();
    const auto siblings = siblings_of(service, file);
    PamReading own = read_state(content->text.value_or(""), service.name, siblings);
    if (!own.by_sibling) return own;
    const auto other = read_pam_file(machine.pam_file(siblings.at(0)));
    if (!other) return other.failure();
    const PamState theirs = read_state(other->text.value_or(""), service.name, {file}).state;
    // Stacks of its own must stand like those it shares; without any it is what its sibling is.
    if (own.state == PamState::off && own.wholly_by_sibling)
        own.state = theirs;
    else if (own.state != theirs && own.state != PamState::out_of_order)
        own.state = PamState::partial;
    return own;
}

core::Result<bool> is_gated(const Machine& machine, std::string_view name) {
    const auto service = service_of(name);
    if (!service) return service.failure();
    for (const auto& file : service->files) {
        const auto reading = reading_of(machine, *service, file);
        if (!reading) return reading.failure();
        if (reading->state != PamState::off) return true;
    }
    return false;
}

/** The nest lines in su's files while sudo is gated and su is not. */
core::Result<std::vector<PamChange>> plan_nest(const Machine& machine, bool wanted) {
    std::vector<PamChange> changes;
    const auto su = service_of("su");
    if (!su) return su.failure();
    for (const auto& file : su->files) {
        std::error_code error;
        const bool present = fs::exists(machine.pam_file(su->files[0]), error);
        auto change = plan(machine, *su, file, {"sudo"},
                           wanted && present ? nest_lines() : std::vector<PamLine>{}, "sudo");
        if (!change) return change.failure();
        changes.push_back(std::move(*change));
    }
    return changes;
}

core::Result<std::vector<PamChange>> plan_service(const Machine& machine, const Service& service,
                                                  const std::vector<PamLine>& lines) {
    const bool su = service.name == "su";
    std::vector<std::string_view> removed = {service.name};
    std::vector<PamLine> wanted = lines;
    std::string_view owner = service.name;
    if (su) {
        removed.push_back(
            "sudo");  // the nest lines: a gated su has better ones, an ungated one gets them back
        const auto sudo = is_gated(machine, "sudo");
        if (!sudo) return sudo.failure();
        if (lines.empty() && *sudo) {
            wanted = nest_lines();
            owner = "sudo";
        }
    }
    std::vector<PamChange> changes;
    for (const auto& file : service.files) {
        auto change = plan(machine, service, file, removed, wanted, owner);
        if (!change) return change.failure();
        changes.push_back(std::move(*change));
    }
    if (service.name != "sudo") return changes;
    const auto su_gated = is_gated(machine, "su");
    if (!su_gated) return su_gated.failure();
    if (*su_gated) return changes;
    auto nest = plan_nest(machine, !lines.empty());
    if (!nest) return nest.failure();
    changes.insert(changes.end(), nest->begin(), nest->end());
    return changes;
}

}  // namespace

core::Result<std::vector<PamChange>> plan_pam_enable(std::string_view name, PamMode mode,
                                                     const std::string& root) {
    const Machine machine{root};
    const auto service = service_of(name);
    if (!service) return service.failure();
    if (!machine.has_module())
        return core::fail("MISSING", "pam: pam_jit.so: not beside libpam's modules: every " +
                                         std::string(name) +
                                         " would be refused; install libpam-jit first");
    const std::string first = machine.pam_file(service->files[0]);
    std::error_code error;
    if (!fs::exists(first, error))
        return core::fail(
            "MISSING", "pam: " + first + ": no such file; is " + std::string(name) + " installed?");
    return plan_service(machine, *service, gate_lines(name, mode));
}

core::Result<std::vector<PamChange>> plan_pam_disable(std::string_view name,
                                                      const std::string& root) {
    const auto service = service_of(name);
    return service ? plan_service(Machine{root}, *service, {}) : service.failure();
}

core::Result<std::vector<PamStatus>> pam_status(std::string_view name, const std::string& root) {
    const Machine machine{root};
    if (!name.empty())
        if (const auto known = service_of(name); !known) return known.failure();
    std::vector<PamStatus> out;
    for (const Service& service : services()) {
        if (!name.empty() && service.name != name) continue;
        for (const auto& file : service.files) {
            const auto reading = reading_of(machine, service, file);
            if (!reading) return reading.failure();
            out.push_back({std::string(service.name), machine.pam_file(file),
                           std::string(to_string(reading->state)), reading->line});
        }
    }
    return out;
}

std::vector<std::string> pam_modules(const std::string& root) { return Machine{root}.modules(); }

}  // namespace jit::ctl
