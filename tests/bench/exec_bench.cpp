// SPDX-License-Identifier: Apache-2.0
// exec_bench ROUNDS PAUSE NAME=COMMAND...: runs the commands in turn, ROUNDS times, with PAUSE milliseconds before each,
// and prints "NAME microseconds" for each.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Command {
    std::string name;
    std::vector<std::string> words;
};

Command parse(const std::string& text) {
    const auto equals = text.find('=');
    Command out{text.substr(0, equals), {}};
    std::istringstream words(text.substr(equals + 1));
    for (std::string word; words >> word;) out.words.push_back(word);
    return out;
}

long monotonic_nsec() {
    timespec ts{};
    ::clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1'000'000'000L + ts.tv_nsec;
}

/** Nanoseconds from start to end of the command, or -1 if it fails. */
long run(const Command& command) {
    std::vector<char*> argv;
    for (const auto& word : command.words) argv.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    const long start = monotonic_nsec();
    pid_t pid = -1;
    if (::posix_spawnp(&pid, argv[0], nullptr, nullptr, argv.data(), environ) != 0) return -1;
    int status = 0;
    if (::waitpid(pid, &status, 0) != pid || status != 0) return -1;
    return monotonic_nsec() - start;
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 3 ? std::atoi(argv[1]) : 0;
    const auto pause = static_cast<useconds_t>(argc > 3 ? std::atoi(argv[2]) * 1000 : 0);
    std::vector<Command> commands;
    for (int i = 3; i < argc; ++i) commands.push_back(parse(argv[i]));
    for (int i = 0; i < rounds; ++i) {
        for (const auto& command : commands) {
            ::usleep(pause);
            const long took = run(command);
            if (took < 0) {
                std::fprintf(stderr, "exec_bench: %s failed\n", command.name.c_str());
                return 1;
            }
            std::printf("%s %.1f\n", command.name.c_str(), static_cast<double>(took) / 1000);
        }
    }
    return 0;
}
