// SPDX-License-Identifier: MIT
#include "hub/convert.h"

namespace patchbay::hub {

namespace {
constexpr quint16 kLastSharedCode = 16;
static_assert(quint16(ErrorCode::PermissionDenied) == kLastSharedCode);
static_assert(quint16(protocol::Code::PermissionDenied) == kLastSharedCode);
static_assert(quint16(ErrorCode::IoFailed) == quint16(protocol::Code::IoFailed));
static_assert(quint16(ErrorCode::PluginStopped) == quint16(protocol::Code::PluginStopped));
} // namespace

Error toError(const protocol::Fault &fault)
{
    const quint16 code = quint16(fault.code);
    if (code <= kLastSharedCode)
        return Error{ErrorCode(code), fault.text};
    switch (fault.code) {
    case protocol::Code::Malformed:
    case protocol::Code::FrameTooLarge:
    case protocol::Code::FlowControl:
    case protocol::Code::TooManyGlitches:
        return Error{ErrorCode::ProtocolError, fault.text};
    default: // every other code of Bye means that the link is gone
        return Error{ErrorCode::NotConnected, fault.text};
    }
}

protocol::Fault toFault(const Error &error)
{
    const quint16 code = quint16(error.code);
    return protocol::Fault{code <= kLastSharedCode ? protocol::Code(code) : protocol::Code::Failed, error.message,
                           protocol::Party::Local};
}

protocol::TypeInfo toTypeInfo(const plugins::PayloadType &type)
{
    return protocol::TypeInfo{
        type.name(), type.mode == PayloadMode::Stream ? protocol::TypeMode::Stream : protocol::TypeMode::Message,
        type.maxBytes};
}

} // namespace patchbay::hub
