// SPDX-License-Identifier: Apache-2.0
// A host in memory whose records are sealed and in a journal, as jitd sends them.
#pragma once

#include <vector>

#include "tests/support/asking_world.hpp"
#include "trail/record.hpp"

namespace jit::test {

class AuditedWorld : public AskingWorld {
  public:
    std::vector<trail::LogRecord> journal;

    /** A step whose records are in the journal. */
    core::Transition happens(const core::Event& event) {
        auto out = step(event);
        for (const auto& record : out.records) write(record);
        now.wall += 1s;
        now.boot += 1s;
        return out;
    }
    /** jitd is another process and has another id, as after `state recover`; with `anew` its numbers begin again, too. */
    void becomes(const std::string& host_id, bool anew) {
        state.host_id = host_id;
        process_ = std::to_string(std::stoi(process_) + 1);
        if (anew) {
            seq_ = 0;
            chain_ = {};
        }
    }
    void write(core::Record record) {
        record.set("TIME", std::to_string(core::to_usec(now.wall)));
        const auto sealed = core::seal(record, seq_ + 1, chain_, state.host_id);
        trail::LogRecord read;
        read.time_usec = core::to_usec(now.wall);
        read.unit = "jitd.service";
        read.entry.fields = record.fields();
        read.entry.fields["JIT_SEQ"] = std::to_string(sealed.seq);
        read.entry.fields["JIT_HOST"] = state.host_id;
        read.entry.fields["JIT_CHAIN"] = core::to_hex(sealed.chain.data(), sealed.chain.size());
        read.entry.boot = "boot";
        read.entry.process = process_;
        read.entry.cursor = "cursor" + std::to_string(journal.size());
        for (const auto& [name, value] : read.entry.fields) read.fields.emplace(lower(name), value);
        seq_ = sealed.seq;
        chain_ = sealed.chain;
        journal.push_back(std::move(read));
    }

  private:
    static std::string lower(const std::string& name) {
        std::string out;
        for (const char c : name.starts_with("JIT_") ? name.substr(4) : name) out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        return out;
    }

    std::string process_ = "100";
    std::uint64_t seq_ = 0;
    core::Chain chain_{};
};

}  // namespace jit::test
