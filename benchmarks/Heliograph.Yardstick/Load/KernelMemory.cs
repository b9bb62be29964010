// SPDX-License-Identifier: Apache-2.0
using System.Globalization;

namespace Heliograph.Yardstick.Load;

/// <summary>What the kernel spends on sockets, as far as it tells: for all of the machine, both ends of loopback together.</summary>
internal static class KernelMemory
{
    /// <summary>Bytes in the buffers of TCP sockets, in KiB.</summary>
    public static double TcpBuffersKib()
    {
        foreach (var line in File.ReadLines("/proc/net/sockstat"))
            if (line.StartsWith("TCP:", StringComparison.Ordinal) && line.Split(' ') is var words && Array.IndexOf(words, "mem") is var at and >= 0)
                return double.Parse(words[at + 1], CultureInfo.InvariantCulture) * Environment.SystemPageSize / 1_024;
        return double.NaN;
    }

    /// <summary>Bytes that a server has sent and that have not arrived: the send queues of all sockets at its port, in KiB. Payload only, the kernel's own overhead comes on top.</summary>
    public static double SendQueuesKib(int port)
    {
        var (at, bytes) = ($":{port:X4} ", 0L);
        foreach (var line in File.ReadLines("/proc/net/tcp"))
        {
            var local = line.IndexOf(':', StringComparison.Ordinal) + 2; // "  sl  local_address rem_address   st tx_queue rx_queue …", hexadecimal
            if (local < 2 || line.Length < local + 42 || string.CompareOrdinal(line, local + 8, at, 0, at.Length) != 0) continue;
            bytes += long.Parse(line.AsSpan(local + 31, 8), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
        }
        return bytes / 1_024.0;
    }

    /// <summary>Kernel objects that cannot be reclaimed, sockets among them, in KiB.</summary>
    public static double SlabKib()
    {
        foreach (var line in File.ReadLines("/proc/meminfo"))
            if (line.StartsWith("SUnreclaim:", StringComparison.Ordinal))
                return double.Parse(line["SUnreclaim:".Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
        return double.NaN;
    }
}
