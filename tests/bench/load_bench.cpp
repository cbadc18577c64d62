// SPDX-License-Identifier: Apache-2.0
// load_bench [GRANTS [OWN_EVERY]]: loads a fleet's signed grant file and prints time and memory.
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>

#include "tests/support/grant_files.hpp"
#include "tests/support/temp_dir.hpp"

namespace {

using namespace jit::core;
using namespace jit::test;

/** Reads from disk, so that the file's own bytes do not count as memory. */
class FileSource : public ByteSource {
  public:
    explicit FileSource(const std::string& path) : file_(std::fopen(path.c_str(), "rb")) {}
    ~FileSource() override { std::fclose(file_); }
    FileSource(const FileSource&) = delete;
    FileSource& operator=(const FileSource&) = delete;
    Result<std::size_t> read(std::span<char> out) override {
        return std::fread(out.data(), 1, out.size(), file_);
    }
    Result<void> rewind() override {
        std::rewind(file_);
        return {};
    }

  private:
    std::FILE* file_;
};

/** "VmRSS:" or "VmHWM:" in KiB. */
long status_kib(const std::string& key) {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;) {
        if (word != key) continue;
        long kib = 0;
        status >> kib;
        return kib;
    }
    return 0;
}

std::string write_file(const TempDir& dir, int grants, int own_every) {
    std::ofstream out(dir.path("grants.toml"), std::ios::binary);
    out << FileText().str();
    for (int i = 0; i < grants; ++i) {
        GrantText grant;
        grant.id = "\"INC-" + std::to_string(i) + "-alice\"";
        grant.hosts =
            i % own_every == 0 ? "[\"db-*\"]" : "[\"web-*\", \"environment=staging,tier=db\"]";
        out << grant.str() << '\n';
    }
    return dir.path("grants.toml");
}

}  // namespace

int main(int argc, char** argv) {
    const int grants = argc > 1 ? std::atoi(argv[1]) : 100'000;
    const int own_every = argc > 2 ? std::atoi(argv[2]) : 1000;
    const TempDir dir;
    const std::string path = write_file(dir, grants, own_every);
    Fleet fleet;
    std::string signature;
    {
        const std::string content = dir.read("grants.toml");
        signature = fleet.olivia.sign(content);
    }
    std::ofstream("/proc/self/clear_refs") << "5";  // the peak starts anew
    const long before = status_kib("VmRSS:");
    const auto start = std::chrono::steady_clock::now();
    FileSource source(path);
    const auto file = load_grant_file(
        {source, signature, "grants.toml", fleet.trust, &fleet.policy, &fleet.host, kNow});
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (!file) {
        std::printf("refused: %s\n", file.error().text.c_str());
        return 1;
    }
    std::printf("%zu grants, %zu of this host: %.0f ms, peak RSS %ld KiB over the %ld before\n",
                file->total, file->grants.size(), took.count(), status_kib("VmHWM:") - before,
                before);
    return 0;
}
