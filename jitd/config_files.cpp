// SPDX-License-Identifier: Apache-2.0
#include "jitd/config_files.hpp"

#include <dirent.h>
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/codes.hpp"
#include "jitd/incoming.hpp"

namespace jit::daemon {
namespace {

constexpr std::size_t kMaxConfig = 1U << 20;

std::string tell(const core::Error& error) { return fmt::format("{} [{}]", error.text, error.code); }

/** Without its drop-ins a host may let in more than it should: a folder that can't be read is an error, and not empty. */
core::Result<std::vector<std::string>> drop_ins(const std::string& dir) {
    std::vector<std::string> out;
    const auto unreadable = [&] {
        return core::fail(core::file_code::kUnreadable,
                          fmt::format("{0}: can't be read: {1}; run: chmod 0755 {0}", dir, ::strerrordesc_np(errno)));
    };
    const std::unique_ptr<DIR, Deleter<::closedir>> handle(::opendir(dir.c_str()));
    if (!handle && errno == ENOENT) return out;
    if (!handle) return unreadable();
    for (;;) {
        errno = 0;
        const auto* entry = ::readdir(handle.get());
        if (!entry && errno != 0) return unreadable();
        if (!entry) break;
        const std::string name = entry->d_name;
        if (name.ends_with(".toml") && !name.starts_with('.')) out.push_back(dir + "/" + name);
    }
    std::sort(out.begin(), out.end());
    return out;
}

class Reader {
  public:
    Reader(const Environment& environment, std::vector<std::string>& problems)
        : environment_(environment), problems_(problems) {}

    /** The text, or none: missing. `ok` turns false when the file is there and can't be used. */
    std::optional<std::string> text(const std::string& path, bool& ok) {
        auto text = read_owned(path, environment_.root_uid, kMaxConfig);
        if (text) return *std::move(text);
        if (text.error().code != core::file_code::kMissing) {
            ok = false;
            problems_.push_back(tell(text.error()));
        }
        return std::nullopt;
    }
    void problem(const core::Error& error) { problems_.push_back(tell(error)); }

  private:
    const Environment& environment_;
    std::vector<std::string>& problems_;
};

/** Parses one file with `parse`; on failure keeps what `last` had. */
template <class T, class Parse>
bool take(Reader& reader, const std::string& path, T& out, const T* last, Parse parse) {
    bool ok = true;
    const auto text = reader.text(path, ok);
    if (text) {
        auto parsed = parse(*text, path);
        ok = parsed.has_value();
        if (ok) {
            out = *std::move(parsed);
            return true;
        }
        reader.problem(parsed.error());
    }
    if (!ok && last) out = *last;
    return ok && text;
}

}  // namespace

core::Result<std::string> read_owned(const std::string& path, std::uint32_t owner, std::size_t max) {
    auto file = open_owned(path, owner, max, Links::follow);
    if (!file) return file.failure();
    std::string text(file->size + 1, '\0');
    std::size_t have = 0;
    for (;;) {
        const auto n = ::read(file->fd.get(), text.data() + have, text.size() - have);
        if (n < 0) return core::fail(core::file_code::kUnreadable, path + ": can't be read");
        if (n == 0) break;
        have += static_cast<std::size_t>(n);
        if (have > file->size) return core::fail(core::file_code::kChanged, path + ": grew while it was read");
    }
    text.resize(have);
    return text;
}

ConfigReading read_config(const Environment& environment, const std::shared_ptr<const core::Config>& last) {
    ConfigReading out;
    auto config = std::make_shared<core::Config>();
    Reader reader(environment, out.problems);
    const auto& etc = environment.config_dir;

    bool ok = true;
    std::vector<std::string> layers = {environment.vendor_dir + "/jitd.toml", etc + "/jitd.toml"};
    if (const auto found = drop_ins(etc + "/jitd.toml.d")) {
        layers.insert(layers.end(), found->begin(), found->end());
    } else {
        ok = false;
        reader.problem(found.error());
    }
    for (const auto& path : layers) {
        const auto text = reader.text(path, ok);
        if (!text) continue;
        if (auto merged = core::merge_settings(config->settings, *text, path); !merged) {
            ok = false;
            reader.problem(merged.error());
        }
    }
    if (!ok) config->settings = last ? last->settings : core::Settings{};

    take(reader, etc + "/host.toml", config->host, last ? &last->host : nullptr, core::parse_host);
    take(reader, etc + "/trust.toml", config->trust, last ? &last->trust : nullptr, core::parse_trust);
    const auto before = out.problems.size();
    const bool own = take(reader, etc + "/policy.toml", config->policy, last ? &last->policy : nullptr,
                          core::parse_policy);
    const bool own_broken = out.problems.size() > before;
    if (!own && !own_broken) {
        take(reader, environment.vendor_dir + "/policy.toml", config->policy, last ? &last->policy : nullptr,
             core::parse_policy);
    }
    config->policy_broken = out.problems.size() > before && (!last || last->policy_broken);
    out.config = std::move(config);
    return out;
}

}  // namespace jit::daemon
