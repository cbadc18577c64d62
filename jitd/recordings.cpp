// SPDX-License-Identifier: Apache-2.0
#include "jitd/recordings.hpp"

#include <memory>
#include <optional>
#include <utility>

#include "trail/digest.hpp"

namespace jit::daemon {
namespace {

constexpr std::size_t kPart = 16U << 20;  // bytes of a job: a grant file waits behind one of them at the most

/** Gone by the hand of root in the session, or there and not to be read: who looks at the record later must not mix them up. */
core::Recorded unread(const core::Error& error) {
    return {{}, 0, error.text, error.code == "MISSING" ? core::Code::recording : core::Code::unavailable};
}

/** One recording on its way through the worker. */
struct Reading : std::enable_shared_from_this<Reading> {
    Worker* worker = nullptr;
    std::string folder;
    std::function<void(const core::Recorded&)> done;
    std::optional<trail::Digester> digester;
    std::optional<core::Recorded> result;

    void post() {
        const bool posted = worker->post([self = shared_from_this()]() -> Worker::Completion {
            const bool told = guarded([&] {
                self->read();
                return 0;
            }) == 0;
            if (!told) self->result = unread({"UNREADABLE", "jitd has no memory for it"});  // or its session would never be over
            return [self] { self->result ? self->done(*self->result) : self->post(); };
        });
        if (!posted) done(unread({"UNREADABLE", "jitd has too much to do"}));
    }

    void read() {
        if (!digester) {
            auto opened = trail::Digester::open(folder);
            if (!opened) return void(result = unread(opened.error()));
            digester.emplace(*std::move(opened));
        }
        const auto over = digester->read(kPart);
        if (!over) return void(result = unread(over.error()));
        if (!*over) return;
        const auto digest = digester->finish();
        result = core::Recorded{digest.sha256, digest.bytes, ""};
    }
};

}  // namespace

void Recordings::look_at(const std::string& session, const std::string& recording, const Done& done) {
    if (!busy_.insert(session).second) return;
    auto reading = std::make_shared<Reading>();
    reading->worker = &worker_;
    reading->folder = environment_.recordings_dir + "/" + recording;
    reading->done = [this, session, done](const core::Recorded& recorded) {
        busy_.erase(session);
        done(recorded);
    };
    reading->post();
}

}  // namespace jit::daemon
