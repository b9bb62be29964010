// SPDX-License-Identifier: Apache-2.0
using System.Runtime.InteropServices;
using Heliograph.Platform;

namespace Heliograph.Cli.Exec;

/// <summary>Hands the signals that this process gets to the program that it runs. Thread-safe.</summary>
internal sealed class ForwardedSignals : IDisposable
{
    private const int Interrupt = 2;

    private static readonly (PosixSignal Signal, int Number)[] Forwarded = // numbers of Linux; those without a name in .NET are given by number
        [(PosixSignal.SIGHUP, 1), (PosixSignal.SIGINT, Interrupt), (PosixSignal.SIGQUIT, 3), ((PosixSignal)10, 10), ((PosixSignal)12, 12), (PosixSignal.SIGTERM, ProcessSignals.Terminate), ((PosixSignal)28, 28)];

    private readonly List<PosixSignalRegistration> _registrations = [];
    private readonly bool _isAtTerminal = !Console.IsInputRedirected;
    private int _process; // 0: none runs

    public ForwardedSignals()
    {
        foreach (var (signal, number) in Forwarded)
            _registrations.Add(PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true; // this process ends when the program does
                Handle(number);
            }));
    }

    /// <summary>Whether a signal came that ends programs: a restart that is under way then does not start the program again.</summary>
    public bool WasAskedToEnd { get; private set; }

    /// <summary>From now on signals go to this process.</summary>
    public void ForwardTo(int process) => Volatile.Write(ref _process, process);

    /// <summary>The program has ended.</summary>
    public void ForwardToNobody() => Volatile.Write(ref _process, 0);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private void Handle(int number)
    {
        if (number is 1 or Interrupt or 3 or ProcessSignals.Terminate) WasAskedToEnd = true;
        var process = Volatile.Read(ref _process);
        if (process == 0 || (number == Interrupt && _isAtTerminal)) return; // the terminal gives Ctrl-C to the whole group, the program included
        ProcessSignals.TrySend(process, number); // if it has just ended there is nobody to tell
    }
}
