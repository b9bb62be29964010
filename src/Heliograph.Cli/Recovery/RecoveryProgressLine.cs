// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using Heliograph.Cli.Terminal;
using Heliograph.Origin.Recovery;

namespace Heliograph.Cli.Recovery;

/// <summary>Says on standard error how far a long work has got: a line for each step, and every two seconds how much of it.</summary>
internal sealed class RecoveryProgressLine(Output output, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(2);

    private string _step = "";
    private long _toldAt;

    /// <summary>Tells, if it is time.</summary>
    public void Report(RecoveryProgress progress)
    {
        if (progress.Step == _step && time.GetElapsedTime(_toldAt) < s_interval) return;
        var isFirst = progress.Step != _step;
        (_step, _toldAt) = (progress.Step, time.GetTimestamp());
        if (output.IsForPrograms) return;
        output.Say(isFirst || progress.Of == 0 ? $"{progress.Step} …" : string.Create(CultureInfo.InvariantCulture, $"{progress.Step}: {progress.Done:N0} of {progress.Of:N0} ({100 * progress.Done / progress.Of} %)"));
    }
}
