// SPDX-License-Identifier: Apache-2.0
#include "jitctl/bus_json.hpp"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

namespace jit::ctl {
namespace {

template <class T>
int read_number(sd_bus_message* m, char type, Json& out) {
    T value{};
    const int r = sd_bus_message_read_basic(m, type, &value);
    if (r >= 0) out = value;
    return r;
}

int read_string(sd_bus_message* m, char type, Json& out) {
    const char* value = nullptr;
    const int r = sd_bus_message_read_basic(m, type, &value);
    if (r >= 0) out = value;
    return r;
}

int read_bool(sd_bus_message* m, Json& out) {
    int value = 0;
    const int r = sd_bus_message_read_basic(m, SD_BUS_TYPE_BOOLEAN, &value);
    if (r >= 0) out = value != 0;
    return r;
}

int read_value(sd_bus_message* m, char type, const char* contents, Json& out);

int read_next(sd_bus_message* m, Json& out) {
    char type = 0;
    const char* contents = nullptr;
    const int r = sd_bus_message_peek_type(m, &type, &contents);
    if (r < 0) return r;
    if (r == 0) return -ENODATA;
    return read_value(m, type, contents, out);
}

int read_entries(sd_bus_message* m, const char* contents, Json& out) {
    out = Json::object();
    const std::string entry(contents + 1, std::char_traits<char>::length(contents) - 2);
    for (;;) {
        int r = sd_bus_message_enter_container(m, SD_BUS_TYPE_DICT_ENTRY, entry.c_str());
        if (r <= 0) return r;
        Json key;
        Json value;
        if (r = read_next(m, key); r < 0) return r;
        if (r = read_next(m, value); r < 0) return r;
        out[key.is_string() ? key.get<std::string>() : key.dump()] = std::move(value);
        if (r = sd_bus_message_exit_container(m); r < 0) return r;
    }
}

int read_elements(sd_bus_message* m, Json& out) {
    out = Json::array();
    for (;;) {
        const int end = sd_bus_message_at_end(m, 0);
        if (end != 0) return end < 0 ? end : 0;
        Json value;
        if (const int r = read_next(m, value); r < 0) return r;
        out.push_back(std::move(value));
    }
}

int read_container(sd_bus_message* m, char type, const char* contents, Json& out) {
    int r = sd_bus_message_enter_container(m, type, contents);
    if (r < 0) return r;
    if (type == SD_BUS_TYPE_VARIANT)
        r = read_next(m, out);
    else if (type == SD_BUS_TYPE_ARRAY && contents[0] == SD_BUS_TYPE_DICT_ENTRY_BEGIN)
        r = read_entries(m, contents, out);
    else
        r = read_elements(m, out);
    return r < 0 ? r : sd_bus_message_exit_container(m);
}

int read_value(sd_bus_message* m, char type, const char* contents, Json& out) {
    switch (type) {
        case SD_BUS_TYPE_BYTE:
            return read_number<std::uint8_t>(m, type, out);
        case SD_BUS_TYPE_INT16:
            return read_number<std::int16_t>(m, type, out);
        case SD_BUS_TYPE_UINT16:
            return read_number<std::uint16_t>(m, type, out);
        case SD_BUS_TYPE_INT32:
            return read_number<std::int32_t>(m, type, out);
        case SD_BUS_TYPE_UINT32:
            return read_number<std::uint32_t>(m, type, out);
        case SD_BUS_TYPE_INT64:
            return read_number<std::int64_t>(m, type, out);
        case SD_BUS_TYPE_UINT64:
            return read_number<std::uint64_t>(m, type, out);
        case SD_BUS_TYPE_DOUBLE:
            return read_number<double>(m, type, out);
        case SD_BUS_TYPE_BOOLEAN:
            return read_bool(m, out);
        case SD_BUS_TYPE_STRING:
        case SD_BUS_TYPE_OBJECT_PATH:
        case SD_BUS_TYPE_SIGNATURE:
            return read_string(m, type, out);
        case SD_BUS_TYPE_VARIANT:
        case SD_BUS_TYPE_ARRAY:
        case SD_BUS_TYPE_STRUCT:
            return read_container(m, type, contents, out);
        default:
            return -EBADMSG;  // descriptors have no JSON form
    }
}

}  // namespace

int read_all(sd_bus_message* m, Json& out) {
    out = Json::array();
    for (;;) {
        const int end = sd_bus_message_at_end(m, 1);
        if (end != 0) return end < 0 ? end : 0;
        Json value;
        if (const int r = read_next(m, value); r < 0) return r;
        out.push_back(std::move(value));
    }
}

}  // namespace jit::ctl
