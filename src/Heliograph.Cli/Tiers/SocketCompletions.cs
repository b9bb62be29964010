// SPDX-License-Identifier: Apache-2.0
namespace Heliograph.Cli.Tiers;

/// <summary>Lets relays and agents read a frame in the thread that learned of it, one such thread a processor, instead of handing it to the pool.</summary>
/// <remarks>
/// A report of a subscriber is a hundred bytes: waking a thread for it costs more than reading it. Nothing that these tiers do on a read blocks; files are read
/// and written in the pool. An origin, whose handlers read its database, keeps the pool.
/// </remarks>
internal static class SocketCompletions
{
    /// <summary>The runtime's switch. It is read once, by the first socket.</summary>
    internal const string Variable = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>Sets it for the tiers that gain, unless who started the process has set it.</summary>
    public static void ChooseFor(string[] arguments)
    {
        if (arguments is ["relay" or "agent", ..] && Environment.GetEnvironmentVariable(Variable) is null) Environment.SetEnvironmentVariable(Variable, "1");
    }
}
