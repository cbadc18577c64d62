// SPDX-License-Identifier: Apache-2.0
#include "jitctl/evidence/collect.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

#include "core/codes.hpp"
#include "core/text.hpp"
#include "jitctl/evidence/about.hpp"

namespace jit::ctl::evidence {
namespace {

using core::Result;

constexpr std::size_t kRecent = 4096;   // records sent again come within seconds
constexpr std::size_t kMaxHoles = 1000;  // more were lost, and need not be looked for

std::optional<core::Mark> place_of(const trail::LogRecord& record) {
    const auto mark = core::parse_mark(trail::identity(record));
    return mark ? std::optional(*mark) : std::nullopt;
}

Result<void> walk(trail::RecordSource& source, const std::function<bool(trail::LogRecord&&)>& sink) {
    if (auto ok = source.seek_head(); !ok) return ok;
    for (;;) {
        const auto more = source.next();
        if (!more) return more.failure();
        if (!*more) return {};
        auto record = source.record();
        if (!record) return record.failure();
        if (trail::is_trusted(*record) && !sink(std::move(*record))) return {};
    }
}

/** The first and the last record of the bundle, by cursor: older ones may be gone by the second walk. */
struct Window {
    std::string first, last;
    std::optional<core::Mark> head;
    std::uint64_t left_out = 0;  // that are behind the last, as more than `most` lie in between
};

class Search {
  public:
    Search(std::string grant, const std::optional<core::Mark>& mark) : grant_(std::move(grant)), mark_(mark) {}

    void see(const trail::LogRecord& record) {
        ++count_;
        const auto place = place_of(record);
        if (place) head_ = place;
        auto mention = mention_of(record.entry.fields);
        look_for_name(record.entry.fields, mention);
        const bool marked = mark_ && place && place->seq == mark_->seq && place->chain == mark_->chain;
        if (!marked && !may_be_about(mention, grant_)) return;
        const bool names = !grant_.empty() && mention.grant == grant_;
        if (names) over_ = tells_over(mention).value_or(over_);
        if (names && found_ && !marked && is_afterwards(mention, over_)) return;
        found_ = found_ || names;
        seen_mark_ = seen_mark_ || marked;
        at_.push_back({record.entry.cursor, count_, marked, mention.event.starts_with("check.")});
        mentions_.push_back(std::move(mention));
    }

    /** Of `most` records. When there are more it ends with one that is no check: of these its holder can make as many as they like. */
    [[nodiscard]] Result<Window> window(std::size_t most) const {
        if (!found_) return core::fail("NOT_FOUND", "evidence: " + what_it_is());
        if (mark_ && !seen_mark_)
            return core::fail("FAILED", "evidence: --head: no record of this journal is that one; see: jitctl log --verify --head");
        Window out;
        out.head = head_;
        const auto relevant = about(mentions_, grant_);
        std::vector<const At*> wanted;
        for (std::size_t i = 0; i < at_.size(); ++i)
            if (relevant[i] || at_[i].marked) wanted.push_back(&at_[i]);
        auto end = std::ranges::find_if(wanted, [&](const At* one) { return one->number - wanted.front()->number >= most; });
        if (end != wanted.end())
            while (end - wanted.begin() > 1 && end[-1]->check) --end;
        out.first = wanted.front()->cursor;
        out.last = end[-1]->cursor;
        out.left_out = static_cast<std::uint64_t>(wanted.end() - end);
        return out;
    }

  private:
    struct At {
        std::string cursor;
        std::uint64_t number;  // of the record, as they come
        bool marked, check;
    };

    /** People have the id of a session or request at hand, too. */
    void look_for_name(const std::map<std::string, std::string>& fields, const Mention& mention) {
        const auto session = fields.find("JIT_SESSION");
        const bool of_session = session != fields.end() && session->second == grant_;
        const bool of_request = mention.request == grant_ && (mention.event.starts_with("request.") || mention.event.starts_with("grant."));
        if (of_session || of_request) named_ = of_session ? "session" : "request";
        if ((of_session || of_request) && !mention.grant.empty()) of_grant_ = mention.grant;
        if (of_request && mention.event.starts_with("request.")) last_ = mention.event.substr(8);
    }

    [[nodiscard]] std::string what_it_is() const {
        const auto id = core::escape(grant_);
        if (named_.empty()) return fmt::format("grant {}: no record in this journal names it", id);
        if (!of_grant_.empty()) return fmt::format("{} is a {} of grant {}: jitctl evidence {}", id, named_, of_grant_, of_grant_);
        if (named_ == "session") return fmt::format("{} is a session without a grant", id);
        const bool waits = last_ == "created" || last_ == "approved";
        return fmt::format("request {} {} and gave no grant", id, waits ? "waits" : last_ == "expired" ? last_ : "was " + last_);
    }

    std::string grant_;
    std::optional<core::Mark> mark_, head_;
    std::vector<Mention> mentions_;
    std::vector<At> at_;
    std::uint64_t count_ = 0;
    bool found_ = false, over_ = false, seen_mark_ = false;
    std::string named_, of_grant_, last_;  // what else the id is of
};

class Cut {
  public:
    Cut(const Window& window, std::size_t most, Bundle& bundle) : window_(window), most_(most), bundle_(bundle) {}

    bool take(trail::LogRecord&& record) {
        const auto place = place_of(record);
        if (stage_ == Stage::before && record.entry.cursor != window_.first) {
            if (place) recent_.push_back(*place);
            if (recent_.size() > kRecent) recent_.pop_front();
            return true;
        }
        if (stage_ == Stage::after) {  // one that came late
            if (place && holes_.erase(place->seq) > 0) keep(std::move(record));
            return !holes_.empty();
        }
        stage_ = Stage::within;
        const bool last = record.entry.cursor == window_.last;
        if (seen_.insert(trail::identity(record)).second) keep(std::move(record));
        if (full()) return false;
        if (!last) return true;
        stage_ = Stage::after;
        find_holes();
        return !holes_.empty();
    }

    [[nodiscard]] bool full() const { return bundle_.records.size() > most_; }

    /** The one before the lowest; it may have been sent again between the others. */
    void look_before() const {
        const auto seq = [](const Entry& entry) {
            const auto mark = core::parse_mark(value(entry, "JIT_SEQ") + ":" + value(entry, "JIT_CHAIN"));
            return mark ? mark->seq : UINT64_MAX;
        };
        const auto lowest = std::ranges::min_element(bundle_.records, {}, seq);
        if (lowest == bundle_.records.end()) return;
        for (const auto& place : recent_) {
            const auto hash = core::chain_hash(place.chain, lowest->record.fields);
            if (place.seq + 1 == seq(*lowest) && core::to_hex(hash.data(), hash.size()) == value(*lowest, "JIT_CHAIN"))
                bundle_.before = place;
        }
    }

  private:
    enum class Stage { before, within, after };

    void keep(trail::LogRecord&& record) {
        Entry entry{record.time_usec, std::move(record.entry)};
        entry.record.cursor.clear();
        bundle_.records.push_back(std::move(entry));
    }

    void find_holes() {
        std::set<std::uint64_t> there;
        for (const auto& entry : bundle_.records)
            if (const auto mark = core::parse_mark(value(entry, "JIT_SEQ") + ":" + value(entry, "JIT_CHAIN"))) there.insert(mark->seq);
        std::uint64_t next = there.empty() ? 0 : *there.begin();
        for (const auto seq : there) {
            for (; next < seq && holes_.size() < kMaxHoles; ++next) holes_.insert(next);
            next = seq + 1;
        }
    }

    const Window& window_;
    std::size_t most_;
    Bundle& bundle_;
    Stage stage_ = Stage::before;
    std::deque<core::Mark> recent_;
    std::set<std::string> seen_;
    std::set<std::uint64_t> holes_;
};

}  // namespace

Result<void> collect(trail::RecordSource& source, const std::optional<core::Mark>& mark, Bundle& bundle, std::size_t most) {
    Search search(bundle.grant, mark);
    const auto searched = walk(source, [&](trail::LogRecord&& record) {
        search.see(record);
        return true;
    });
    if (!searched) return searched;
    const auto window = search.window(most);
    if (!window) return window.failure();
    bundle.head = window->head;
    bundle.records_left_out = window->left_out;
    Cut cut(*window, most, bundle);
    const auto taken = walk(source, [&](trail::LogRecord&& record) { return cut.take(std::move(record)); });
    if (!taken) return taken;
    if (cut.full())
        return core::fail(core::file_code::kTooBig, fmt::format("evidence: more than {} records lie between the first and the last about this "
                                                                "grant", most));
    if (bundle.records.empty())
        return core::fail("FAILED", "evidence: the journal was rotated while it was read, the first record about this grant is gone; try again");
    cut.look_before();
    return {};
}

}  // namespace jit::ctl::evidence
