// SPDX-License-Identifier: Apache-2.0
using System.Buffers.Binary;
using Heliograph.Protocol;

namespace Heliograph.Simulation.Network;

/// <summary>Frames of messages that are bytes already, as whoever passes on or makes up what others would sign has them.</summary>
internal static class RawFrame
{
    /// <summary>A frame around a message.</summary>
    public static byte[] Of(FrameType type, byte[] message)
    {
        var frame = new byte[Frame.HeaderBytes + message.Length];
        BinaryPrimitives.WriteUInt32BigEndian(frame, (uint)(message.Length + 1));
        frame[sizeof(uint)] = (byte)type;
        message.CopyTo(frame, Frame.HeaderBytes);
        return frame;
    }
}
