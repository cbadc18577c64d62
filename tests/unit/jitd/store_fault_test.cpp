// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE store_fault
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "jitd/schema.hpp"
#include "jitd/store.hpp"
#include "tests/support/temp_dir.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;

namespace {

const std::string kBoot(32, 'a');

std::string refusal(const TempDir& dir) {
    const auto store = Store::open(dir.path());
    return store ? "" : store.error().code;
}

/** A folder on a small file system of its own, in a mount namespace that goes with the process. */
class SmallDisk {
  public:
    explicit SmallDisk(const TempDir& dir) : path_(dir.path("disk")) {
        (void)dir.write("disk/.keep", "");
        mounted_ = ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
                   ::mount("none", path_.c_str(), "tmpfs", 0, "size=512k") == 0;
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() {
        if (mounted_) (void)::umount2(path_.c_str(), MNT_DETACH);
    }
    [[nodiscard]] bool mounted() const { return mounted_; }
    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
    bool mounted_ = false;
};

Grant grant(const std::string& id, std::size_t reason) {
    Grant out;
    out.id = id;
    out.account = "alice";
    out.role = "root";
    out.reason = std::string(reason, 'r');
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(StoreFaults)

BOOST_AUTO_TEST_CASE(the_state_of_a_newer_jitd_is_refused_and_left_alone) {
    const TempDir dir;
    BOOST_REQUIRE(refusal(dir).empty());
    sqlite3* db = nullptr;
    BOOST_REQUIRE(sqlite3_open(dir.path("state.db").c_str(), &db) == SQLITE_OK);
    const auto next = "PRAGMA journal_mode=DELETE; PRAGMA user_version = " + std::to_string(kSchemaVersion + 1);
    BOOST_REQUIRE(sqlite3_exec(db, next.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(db);
    const auto before = dir.read("state.db");
    BOOST_TEST(refusal(dir) == "Recovery");
    BOOST_TEST((dir.read("state.db") == before));
}

BOOST_AUTO_TEST_CASE(a_garbage_file_is_refused_and_left_alone) {
    const TempDir dir;
    const std::string garbage(8192, 'x');
    dir.write("state.db", garbage);
    BOOST_TEST(refusal(dir) == "Recovery");
    BOOST_TEST((dir.read("state.db") == garbage));
}

BOOST_AUTO_TEST_CASE(a_damaged_page_is_refused_and_never_reset) {
    const TempDir dir;
    {
        auto store = Store::open(dir.path());
        BOOST_REQUIRE(store.has_value());
        BOOST_REQUIRE(store->load("m1", kBoot).has_value());
    }
    auto bytes = dir.read("state.db");
    BOOST_REQUIRE(bytes.size() >= 8192);
    for (std::size_t i = 4096; i < bytes.size(); ++i) bytes[i] = '\x5a';
    dir.write("state.db", bytes);
    BOOST_TEST(refusal(dir) == "Recovery");
    BOOST_TEST((dir.read("state.db") == bytes));
}

BOOST_AUTO_TEST_CASE(an_unreachable_folder_is_refused) {
    const TempDir dir;
    const auto store = Store::open(dir.path("none"));
    BOOST_REQUIRE(!store.has_value());
    BOOST_TEST(store.error().code == "Recovery");
}

BOOST_AUTO_TEST_CASE(a_commit_on_a_full_disk_fails_and_leaves_the_old_state) {
    const TempDir dir;
    const SmallDisk disk(dir);
    if (!disk.mounted()) {
        BOOST_TEST_MESSAGE("SKIP: a file system of a given size needs root");
        return;
    }
    auto store = Store::open(disk.path());
    BOOST_REQUIRE(store.has_value());
    BOOST_REQUIRE(store->load("m1", kBoot).has_value());
    BOOST_REQUIRE(store->commit({PutGrant{grant("1", 16)}}, {}, {}, Durability::power).has_value());
    const auto filler = disk.path() + "/filler";
    std::ofstream(filler) << std::string(512 * 1024, 'x');

    const std::vector<Change> both = {PutEnded{{"1", EndHow::revoked, "root", {}}}, PutGrant{grant("2", 65'536)}};
    const auto full = store->commit(both, {}, {}, Durability::power);
    BOOST_REQUIRE(!full.has_value());
    BOOST_TEST(full.error().code == "Recovery");

    BOOST_REQUIRE(::unlink(filler.c_str()) == 0);
    const auto old = store->load("m1", kBoot);
    BOOST_REQUIRE(old.has_value());
    BOOST_TEST(old->state.grants.size() == 1);
    BOOST_TEST(old->state.ended.empty());
    BOOST_TEST(store->commit(both, {}, {}, Durability::power).has_value());
    const auto next = store->load("m1", kBoot);
    BOOST_REQUIRE(next.has_value());
    BOOST_TEST(next->state.grants.size() == 2);
    BOOST_TEST(next->state.ended.size() == 1);
}

BOOST_AUTO_TEST_SUITE_END()
