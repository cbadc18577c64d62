// SPDX-License-Identifier: Apache-2.0
#include "jitd/worker.hpp"

#include <malloc.h>
#include <sys/eventfd.h>

#include <cerrno>
#include <csignal>
#include <cstring>

namespace jit::daemon {
namespace {
constexpr std::size_t kMaxWaiting = 1024;
}

Worker::~Worker() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

core::Result<void> Worker::start(sd_event* event) {
    event_fd_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event_fd_) return core::fail("Failed", std::string("worker: eventfd: ") + std::strerror(errno));
    const int r = watch_.start(event, event_fd_.get(), EPOLLIN, kPriorityTimer, [this](std::uint32_t) { deliver(); });
    if (r < 0) return core::fail("Failed", std::string("worker: ") + std::strerror(-r));
    sigset_t all, old;  // signals belong to the loop
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    thread_ = std::thread([this] { run(); });
    pthread_sigmask(SIG_SETMASK, &old, nullptr);
    return {};
}

bool Worker::post(Job job) { return push(jobs_, std::move(job)); }
bool Worker::post_first(Job job) { return push(first_, std::move(job)); }

bool Worker::push(std::deque<Job>& queue, Job job) {
    {
        const std::lock_guard lock(mutex_);
        if (queue.size() >= kMaxWaiting) return false;
        queue.push_back(std::move(job));
    }
    wake_.notify_one();
    return true;
}

void Worker::run() {
    for (;;) {
        Job job;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stop_ || !first_.empty() || !jobs_.empty(); });
            if (stop_) return;
            auto& queue = first_.empty() ? jobs_ : first_;
            job = std::move(queue.front());
            queue.pop_front();
        }
        Completion done;
        (void)guarded([&] {
            done = job();
            return 0;
        });
        job = nullptr;  // what the job held is released on this thread
        bool idle = false;
        {
            const std::lock_guard lock(mutex_);
            idle = first_.empty() && jobs_.empty();
            done_.push_back(std::move(done));
        }
        const std::uint64_t one = 1;
        (void)!::write(event_fd_.get(), &one, sizeof one);
        if (idle) (void)::malloc_trim(0);  // a file of a fleet must not make the idle daemon larger
    }
}

void Worker::deliver() {
    std::uint64_t n = 0;
    (void)!::read(event_fd_.get(), &n, sizeof n);
    std::deque<Completion> done;
    {
        const std::lock_guard lock(mutex_);
        done.swap(done_);
    }
    for (auto& completion : done) {
        if (completion) completion();
    }
}

}  // namespace jit::daemon
