// SPDX-License-Identifier: Apache-2.0
// Good inputs for a fuzzer to begin with. Usage: make_seeds TARGET FOLDER
#include <fstream>
#include <iterator>

#include "tests/support/grant_files.hpp"

using namespace jit::test;

namespace {

std::string read(const std::string& name) {
    std::ifstream file(std::string(JIT_DATA_DIR "/") + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> seeds(std::string_view target) {
    const std::string content = with_grant(GrantText());
    const TestKey plain(1), token(2, KeyKind::hardware);
    if (target == "sshsig") {
        return {"a" + plain.sign(content), "a" + token.sign(content) + plain.sign(content), "b" + plain.blob(content),
                "b" + token.blob(content), "k" + plain.public_key(), "k" + token.public_key() + " olivia@desk"};
    }
    if (target == "grant_file") {
        FileText two;
        GrantText other;
        other.id = "\"INC-2\"";
        other.hosts = "[\"web-*\", \"environment=production,tier=db\"]";
        two.grants = GrantText().str() + other.str();
        return {content, FileText().str(), two.str(), read("examples/grants.toml")};
    }
    const std::string key = "[[key]]\nid = \"a\"\nprincipal = \"a\"\npublic_key = \"" + plain.public_key() +
                            "\"\nuses = [\"grant\", \"approve\"]\nroles = [\"*\"]\nhosts = [\"db-*\"]\nmax_duration = \"8h\"\n";
    return {"t" + read("examples/trust.toml"), "tformat = 1\norg = \"a\"\n[[principal]]\nname = \"a\"\n" + key,
            "h" + read("examples/host.toml"), "p" + read("policy.toml"), "s" + read("jitd.toml")};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    int number = 0;
    for (const std::string& seed : seeds(argv[1])) {
        std::ofstream(std::string(argv[2]) + "/seed-" + std::to_string(++number), std::ios::binary) << seed;
    }
    return number == 0 ? 1 : 0;
}
