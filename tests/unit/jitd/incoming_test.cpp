// SPDX-License-Identifier: Apache-2.0
#define BOOST_TEST_MODULE incoming
#include "jitd/incoming.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/temp_dir.hpp"

using namespace jit::core;
using namespace jit::daemon;
using namespace jit::test;

namespace {

const std::uint32_t kMe = ::getuid();

std::string code_of(const std::string& path, std::uint32_t owner = kMe, std::size_t max = 1000) {
    const auto file = open_owned(path, owner, max, Links::refuse);
    return file ? "" : file.error().code;
}

std::string read_all(Pair& pair) {
    std::string out;
    char buffer[7];
    for (;;) {
        const auto n = pair.read(buffer);
        BOOST_REQUIRE(n.has_value());
        if (*n == 0) return out;
        out.append(buffer, *n);
    }
}

std::string copy_code(const std::string& grants, const std::string& signature, const TempDir& dir,
                      std::uint32_t owner = kMe) {
    const auto pair = Pair::copy(grants, signature, owner, dir.path());
    return pair ? "" : pair.error().code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(OpenOwned)

BOOST_AUTO_TEST_CASE(a_regular_file_of_its_owner_is_opened) {
    const TempDir dir;
    const auto path = dir.write("f", "12345");
    BOOST_TEST(::chmod(path.c_str(), 0644) == 0);
    const auto file = open_owned(path, kMe, 5, Links::refuse);
    BOOST_REQUIRE(file.has_value());
    BOOST_TEST(file->size == 5);
    BOOST_TEST((::fcntl(file->fd.get(), F_GETFD) & FD_CLOEXEC) != 0);
}

BOOST_AUTO_TEST_CASE(a_missing_file_is_missing) {
    const TempDir dir;
    BOOST_TEST(code_of(dir.path("none")) == "MISSING");
}

BOOST_AUTO_TEST_CASE(a_symbolic_link_is_refused_or_followed_as_asked) {
    const TempDir dir;
    dir.write("f", "x");
    std::filesystem::create_symlink("f", dir.path("link"));
    BOOST_TEST(code_of(dir.path("link")) == "NOT_REGULAR");
    BOOST_TEST(open_owned(dir.path("link"), kMe, 10, Links::follow).has_value());
    std::filesystem::create_symlink("none", dir.path("broken"));
    BOOST_TEST(code_of(dir.path("broken")) == "NOT_REGULAR");
}

BOOST_AUTO_TEST_CASE(a_fifo_is_refused_without_waiting_for_a_writer) {
    const TempDir dir;
    BOOST_REQUIRE(::mkfifo(dir.path("fifo").c_str(), 0600) == 0);
    BOOST_TEST(code_of(dir.path("fifo")) == "NOT_REGULAR");
}

BOOST_AUTO_TEST_CASE(a_folder_a_device_and_a_socket_are_refused) {
    const TempDir dir;
    BOOST_TEST(code_of(dir.path()) == "NOT_REGULAR");
    BOOST_TEST(code_of("/dev/null", 0) == "NOT_REGULAR");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    dir.path("s").copy(address.sun_path, sizeof address.sun_path - 1);
    const jit::Fd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    BOOST_REQUIRE(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    BOOST_TEST(code_of(dir.path("s")) == "NOT_REGULAR");
}

BOOST_AUTO_TEST_CASE(another_owner_is_refused) {
    const TempDir dir;
    BOOST_TEST(code_of(dir.write("f", "x"), kMe + 1) == "OWNER");
}

BOOST_AUTO_TEST_CASE(what_others_may_write_is_refused) {
    const TempDir dir;
    const auto path = dir.write("f", "x");
    for (const mode_t good : {0400U, 0600U, 0640U, 0644U, 0755U}) {
        BOOST_REQUIRE(::chmod(path.c_str(), good) == 0);
        BOOST_TEST(code_of(path).empty());
    }
    for (const mode_t bad : {0620U, 0602U, 0666U, 0664U}) {
        BOOST_REQUIRE(::chmod(path.c_str(), bad) == 0);
        BOOST_TEST(code_of(path) == "MODE");
    }
}

BOOST_AUTO_TEST_CASE(the_size_is_limited_to_the_byte) {
    const TempDir dir;
    BOOST_TEST(code_of(dir.write("f", std::string(1000, 'x'))).empty());
    BOOST_TEST(code_of(dir.write("g", std::string(1001, 'x'))) == "TOO_BIG");
    BOOST_TEST(code_of(dir.write("h", "")).empty());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(PairOfFiles)

BOOST_AUTO_TEST_CASE(a_copy_holds_both_files_and_reads_the_grants_again_and_again) {
    const TempDir dir;
    const auto grants = dir.write("g", "the grants");
    const auto sig = dir.write("g.sig", "the signature");
    auto pair = Pair::copy(grants, sig, kMe, dir.path());
    BOOST_REQUIRE_MESSAGE(pair.has_value(), (pair ? "" : pair.error().text));
    BOOST_TEST(pair->signature() == "the signature");
    dir.write("g", "overwritten!");
    BOOST_TEST(read_all(*pair) == "the grants");
    BOOST_TEST(pair->rewind().has_value());
    BOOST_TEST(read_all(*pair) == "the grants");
    BOOST_TEST(!std::filesystem::exists(dir.path("accepted")));
}

BOOST_AUTO_TEST_CASE(the_digest_tells_pairs_apart) {
    const TempDir dir;
    const auto digest = [&](const std::string& grants, const std::string& sig) {
        const auto pair = Pair::copy(dir.write("g", grants), dir.write("s", sig), kMe, dir.path());
        BOOST_REQUIRE(pair.has_value());
        return pair->digest();
    };
    const auto base = digest("ab", "cd");
    BOOST_TEST((digest("ab", "cd") == base));
    BOOST_TEST((digest("abc", "d") != base));
    BOOST_TEST((digest("dab", "c") != base));
    BOOST_TEST((digest("ab", "ce") != base));
}

BOOST_AUTO_TEST_CASE(each_of_both_files_is_judged) {
    const TempDir dir;
    const auto good = dir.write("g", "x");
    BOOST_TEST(copy_code(dir.path("none"), good, dir) == "MISSING");
    BOOST_TEST(copy_code(good, dir.path("none"), dir) == "MISSING");
    BOOST_TEST(copy_code(good, good, dir, kMe + 1) == "OWNER");
    std::filesystem::create_symlink("g", dir.path("link"));
    BOOST_TEST(copy_code(dir.path("link"), good, dir) == "NOT_REGULAR");
    BOOST_TEST(copy_code(good, dir.path("link"), dir) == "NOT_REGULAR");
    BOOST_REQUIRE(::mkfifo(dir.path("fifo").c_str(), 0600) == 0);
    BOOST_TEST(copy_code(good, dir.path("fifo"), dir) == "NOT_REGULAR");
}

BOOST_AUTO_TEST_CASE(signature_and_grants_have_limits_of_their_own) {
    const TempDir dir;
    const auto good = dir.write("g", "x");
    BOOST_TEST(copy_code(good, dir.write("s", std::string(kMaxSignatureFile, 's')), dir).empty());
    BOOST_TEST(copy_code(good, dir.write("s", std::string(kMaxSignatureFile + 1, 's')), dir) == "TOO_BIG");
    const auto big = dir.write("big", "");
    BOOST_REQUIRE(::truncate(big.c_str(), static_cast<off_t>(kMaxGrantFile) + 1) == 0);
    BOOST_TEST(copy_code(big, good, dir) == "TOO_BIG");
}

BOOST_AUTO_TEST_CASE(a_file_that_grows_after_it_was_opened_is_refused) {
    // Files of /proc show size 0 and then have content: the same as one that grows in between.
    const TempDir dir;
    const auto good = dir.write("g", "x");
    struct stat st {};
    BOOST_REQUIRE(::stat("/proc/version", &st) == 0);
    BOOST_REQUIRE(st.st_size == 0);
    BOOST_TEST(copy_code("/proc/version", good, dir, st.st_uid) ==
               (st.st_uid == kMe ? "CHANGED" : "OWNER"));
}

BOOST_AUTO_TEST_CASE(a_file_that_shrinks_after_it_was_opened_is_refused) {
    // Files of sysfs show 4096 bytes and then have fewer.
    const TempDir dir;
    struct stat st {};
    if (::stat("/sys/kernel/uevent_seqnum", &st) != 0 || st.st_size != 4096 || st.st_uid != kMe) {
        BOOST_TEST_MESSAGE("SKIP: no file of root in sysfs here");
        return;
    }
    BOOST_TEST(copy_code(dir.write("g", "x"), "/sys/kernel/uevent_seqnum", dir) == "CHANGED");
}

BOOST_AUTO_TEST_CASE(an_accepted_copy_is_found_again_and_replaced_whole) {
    const TempDir dir;
    BOOST_TEST(Pair::accepted(dir.path()).error().code == "MISSING");
    for (const std::string round : {"first", "second"}) {
        auto pair = Pair::copy(dir.write("g", round + " grants"), dir.write("s", round), kMe, dir.path());
        BOOST_REQUIRE(pair.has_value());
        const auto ok = pair->accept(dir.path());
        BOOST_REQUIRE_MESSAGE(ok.has_value(), (ok ? "" : ok.error().text));
        auto back = Pair::accepted(dir.path());
        BOOST_REQUIRE(back.has_value());
        BOOST_TEST(back->signature() == round);
        BOOST_TEST(read_all(*back) == round + " grants");
        struct stat st {};
        BOOST_TEST(::stat(dir.path("accepted").c_str(), &st) == 0);
        BOOST_TEST((st.st_mode & 07777U) == 0600U);
    }
    BOOST_TEST(!std::filesystem::exists(dir.path("accepted.new")));
}

BOOST_AUTO_TEST_CASE(a_broken_copy_is_refused) {
    const TempDir dir;
    const auto code = [&](const std::string& bytes) {
        dir.write("accepted", bytes);
        const auto pair = Pair::accepted(dir.path());
        return pair ? "" : pair.error().code;
    };
    const std::string magic = "JITPAIR1";
    BOOST_TEST(code("") == "UNREADABLE");
    BOOST_TEST(code("garbage garbage garbage") == "UNREADABLE");
    BOOST_TEST(code(magic) == "UNREADABLE");
    BOOST_TEST(code(magic + std::string("\x05\0\0\0\0\0\0\0", 8) + "sig") == "UNREADABLE");
    BOOST_TEST(code(magic + std::string(8, '\xff')) == "UNREADABLE");
    BOOST_TEST(code(magic + std::string("\x03\0\0\0\0\0\0\0", 8) + "sig").empty());
}

BOOST_AUTO_TEST_SUITE_END()
