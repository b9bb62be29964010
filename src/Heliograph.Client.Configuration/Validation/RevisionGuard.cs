// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Configuration;

namespace Heliograph.Client.Configuration.Validation;

/// <summary>Puts the application's options between the client and its configuration, once there are services to make options of.</summary>
internal sealed class RevisionGuard(IConfiguration configuration, IEnumerable<OptionsGuard> guards, TimeProvider? time = null) : IDisposable
{
    /// <summary>How long a start that fails waits for its report to be on its way: reports are spread over up to 250 ms.</summary>
    private static readonly TimeSpan ReportPause = TimeSpan.FromMilliseconds(500);

    private readonly List<IDisposable> _attached = [];
    private int _isAttached;

    /// <summary>Judges every revision from now on, and first what is shown already.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">What is shown is refused, and this process keeps nothing earlier that is not.</exception>
    public async Task AttachAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _isAttached, 1) == 1) return;
        OptionsGuard[] all = [.. guards];
        var providers = ConfigurationStatus.Find(configuration).ToList();
        if (all.Length == 0 || providers.Count == 0) return;
        foreach (var provider in providers)
            if (provider.Guard(() => all.SelectMany(guard => guard.Faults())) is { } attached) _attached.Add(attached);
        if (!all.Any(guard => guard.Faults().Any())) return;
        foreach (var provider in providers) await provider.JudgeServedAsync().ConfigureAwait(false); // refused ones are reported, and replaced where something earlier is kept
        if (all.FirstOrDefault(guard => guard.Faults().Any()) is not { } refusing) return;
        await Task.Delay(ReportPause, time ?? TimeProvider.System, cancellationToken).ConfigureAwait(false); // the fleet is to know why this process does not start
        refusing.Make();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var one in _attached) one.Dispose();
        _attached.Clear();
    }
}
