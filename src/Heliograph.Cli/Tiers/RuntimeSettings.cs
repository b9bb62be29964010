// SPDX-License-Identifier: Apache-2.0
using Heliograph.Platform;

namespace Heliograph.Cli.Tiers;

/// <summary>Switches of the runtime that suit a tier with many subscribers and can only be given by the environment. Whoever has set one himself keeps it.</summary>
internal static class RuntimeSettings
{
    /// <summary>
    /// Lets relays and agents read a frame in the thread that learned of it, one such thread a processor, instead of handing it to the pool: under TLS and gRPC, where Kestrel
    /// has the socket. A report of a subscriber is a hundred bytes, and waking a thread for it costs more than reading it. Nothing that these tiers do on a read blocks; files are
    /// read and written in the pool. An origin, whose handlers read its database, keeps the pool. Read by the first socket.
    /// </summary>
    internal const string InlineCompletions = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Bytes, in hexadecimal, after which the youngest generation is collected. By itself the runtime takes the processor's whole cache, tens of megabytes, and keeps them: half of what
    /// five thousand subscribers cost. Read before the first line of this program, so that the process is started anew with it, under the same id: about 50 ms.
    /// </summary>
    internal const string YoungestBytes = "DOTNET_GCgen0size";

    /// <summary>Whether code is first compiled with counters and then again by what they counted. A relay's time goes to the kernel: what it would gain is less than the compiling costs in its first minutes. Read as the one above.</summary>
    internal const string ProfileGuided = "DOTNET_TieredPGO";

    /// <summary>
    /// Whether debuggers, profilers and dumps may attach: not to a process that holds keys, unless whoever starts it says so (<c>1</c>). Read before the first line as well.
    /// </summary>
    internal const string Diagnostics = "DOTNET_EnableDiagnostics";

    private const string FourMebibytes = "400000";

    /// <summary>Sets what the tier gains from.</summary>
    public static void ChooseFor(string[] arguments)
    {
        if (arguments is not ["origin" or "relay" or "agent", ..]) return;
        if (arguments[0] != "origin") Set(InlineCompletions, "1");
        if (arguments[0] == "relay") Set(ProfileGuided, "0");
        if (!OperatingSystem.IsLinux()) return;
        if (CoreDumps.Forbid() is { } fault) Console.Error.WriteLine($"note: core dumps could not be forbidden: {fault}");
        var (isNew, isClosed) = (Set(YoungestBytes, FourMebibytes), Set(Diagnostics, "0"));
        if ((isNew || isClosed) && ProcessImage.Restart() is { } failure)
            Console.Error.WriteLine($"note: not started anew with {YoungestBytes} and {Diagnostics}: {failure} More memory is taken than need be, and debuggers may attach.");
    }

    private static bool Set(string variable, string value)
    {
        if (Environment.GetEnvironmentVariable(variable) is not null) return false;
        Environment.SetEnvironmentVariable(variable, value);
        return true;
    }
}
