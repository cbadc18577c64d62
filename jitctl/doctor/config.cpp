// SPDX-License-Identifier: Apache-2.0
#include "jitctl/doctor/config.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include "core/codes.hpp"

namespace jit::ctl::doctor {
namespace {

namespace code = core::file_code;

/** Reads and judges one file after the other, and keeps what is wrong. */
class Reader {
  public:
    Reader(Look& look, std::optional<gid_t> reader, Config& out)
        : look_(look), reader_(reader), out_(out) {}

    /** The text of a file jitd takes; nothing when it is missing or refused. */
    std::optional<std::string> text(const std::string& path) {
        const auto stat = look_.stat(path);
        if (!stat) return std::nullopt;
        if (!is_fit(path, *stat)) return std::nullopt;
        return look_.text(path);
    }

    template <class T>
    bool take(const std::string& path, const core::Result<T>& parsed) {
        if (parsed) return true;
        const auto& error = parsed.error();
        const std::string where = error.line > 0 ? fmt::format(" +{}", error.line) : "";
        refuse(error.text, error.code, fmt::format("editor{} {} && jitctl reload", where, path));
        return false;
    }

    void folder(const std::string& path) {
        const auto stat = look_.stat(path);
        if (stat && (stat->uid != 0 || stat->others_may_write()))
            refuse(fmt::format("{}: others than root may put files there", path), code::kMode,
                   fmt::format("chown root {0} && chmod go-w {0}", path));
        else if (stat && !is_listable(*stat))
            refuse(fmt::format("{}: jitd can't read it", path), code::kUnreadable,
                   fmt::format("chmod 0755 {} && jitctl reload", path));
    }

  private:
    /** jitd, as a member of its group or as anybody. */
    [[nodiscard]] bool may(const FileStat& stat, mode_t by_group, mode_t by_others) const {
        const bool member = reader_ && stat.gid == *reader_;
        return (stat.mode & by_others) == by_others || (member && (stat.mode & by_group) == by_group);
    }

    [[nodiscard]] bool is_listable(const FileStat& stat) const {
        return may(stat, S_IRGRP | S_IXGRP, S_IROTH | S_IXOTH);
    }

    bool is_fit(const std::string& path, const FileStat& stat) {
        if (!S_ISREG(stat.mode)) {
            refuse(fmt::format("{}: is not a regular file", path), code::kNotRegular,
                   fmt::format("rm -r {}", path));
            return false;
        }
        if (stat.uid != 0) {
            refuse(fmt::format("{}: belongs to uid {}, not to root", path, stat.uid), code::kOwner,
                   fmt::format("chown root {} && jitctl reload", path));
            return false;
        }
        if (stat.others_may_write()) {
            refuse(fmt::format("{}: others than root may write it", path), code::kMode,
                   fmt::format("chmod go-w {} && jitctl reload", path));
            return false;
        }
        if (!may(stat, S_IRGRP, S_IROTH)) {
            refuse(fmt::format("{}: jitd can't read it", path), code::kUnreadable,
                   fmt::format("chown root:jitd {0} && chmod 0640 {0} && jitctl reload", path));
            return false;
        }
        return true;
    }

    void refuse(std::string text, std::string_view why, std::string remedy) {
        out_.refused.push_back({std::move(text), std::string(why), std::move(remedy)});
    }

    Look& look_;
    std::optional<gid_t> reader_;
    Config& out_;
};

void read_settings(Look& look, Reader& reader, const std::string& config_dir,
                   const std::string& vendor_dir, Config& out) {
    std::vector<std::string> layers = {vendor_dir + "/jitd.toml", config_dir + "/jitd.toml"};
    const std::string drop_ins = config_dir + "/jitd.toml.d";
    for (const auto& name : look.names(drop_ins))
        if (name.ends_with(".toml")) layers.push_back(drop_ins + "/" + name);
    for (const auto& path : layers)
        if (const auto text = reader.text(path))
            reader.take(path, core::merge_settings(out.settings, *text, path));
}

}  // namespace

Config read_config(Look& look, const std::string& config_dir, const std::string& vendor_dir,
                   std::optional<gid_t> reader_group) {
    Config out;
    Reader reader(look, reader_group, out);
    for (const auto& folder : {config_dir, config_dir + "/jitd.toml.d"}) reader.folder(folder);
    read_settings(look, reader, config_dir, vendor_dir, out);

    const std::string host = config_dir + "/host.toml", trust = config_dir + "/trust.toml";
    for (const auto& path : {host, trust})
        if (!look.stat(path)) out.missing.push_back(path);
    if (const auto text = reader.text(host))
        if (auto parsed = core::parse_host(*text, host); reader.take(host, parsed))
            out.host = *std::move(parsed);
    if (const auto text = reader.text(trust))
        if (auto parsed = core::parse_trust(*text, trust); reader.take(trust, parsed))
            out.trust = *std::move(parsed);
    const std::string own = config_dir + "/policy.toml";
    const std::string policy = look.stat(own) ? own : vendor_dir + "/policy.toml";
    if (const auto text = reader.text(policy))
        if (auto parsed = core::parse_policy(*text, policy); reader.take(policy, parsed))
            out.policy = *std::move(parsed);
    return out;
}

}  // namespace jit::ctl::doctor
