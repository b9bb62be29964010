// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Protocol;

/// <summary>The other side broke the sync protocol. The connection ends; nothing it sent has taken effect.</summary>
public sealed class ProtocolException(string message, Exception? inner = null) : Exception(message, inner);
