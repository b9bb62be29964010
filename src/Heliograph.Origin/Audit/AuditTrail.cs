// SPDX-License-Identifier: Apache-2.0
using System.Text.Json;
using Heliograph.Core.Audit;
using Heliograph.Core.Heads;
using Heliograph.Core.Log;
using Heliograph.Origin.Realm;
using Microsoft.Extensions.Logging;

namespace Heliograph.Origin.Audit;

/// <summary>The origin's audit log: one chain of what was changed, read from the log of the realm, one of what proved the authors of calls that were done, and one of what was refused.</summary>
/// <remarks>
/// <para>A record of a change is made of its entry alone, so the first chain can be made again at any time and is the same at every origin; it is behind the log by a moment.
/// The others are written where it happens, before the answer is complete. A record survives the process from then on, a loss of power after <see cref="FlushInterval"/>.</para>
/// <para>A disk that is full or broken stops no request: what could not be recorded is counted, and the count is recorded once that works again.</para>
/// </remarks>
internal sealed class AuditTrail : IDisposable
{
    /// <summary>Directory of the files, in the origin's data directory.</summary>
    public const string DirectoryName = "audit";

    private const int FilesOfDeniedMax = 16, FilesOfAcceptedMax = 64, EntriesMax = 1_000;
    private const long EntryBytesMax = 8 << 20;

    private static readonly TimeSpan FlushInterval = TimeSpan.FromSeconds(1), SumInterval = TimeSpan.FromSeconds(10), AnchorInterval = TimeSpan.FromHours(1), RetryAfter = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _projecting = new(1, 1);
    private readonly Lock _lock = new();
    private readonly ILogStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly DeniedBudget _budget;
    private readonly AuditFile _changes, _accepted, _denied;
    private bool _isFailing;

    private AuditTrail(AuditFile changes, AuditFile accepted, AuditFile denied, ILogStore store, TimeProvider time, ILogger logger) =>
        (_changes, _accepted, _denied, _store, _time, _logger, _budget) = (changes, accepted, denied, store, time, logger, new DeniedBudget(time));

    /// <summary>Opens the chains in the data directory, or begins them.</summary>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static async Task<AuditTrail> OpenAsync(string dataDirectory, TrustAnchor anchor, string node, ILogStore store, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        var directory = Path.Combine(dataDirectory, DirectoryName);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(directory);
        else Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var changes = AuditFile.Open(directory, new(AuditChains.Changes, anchor.LogId, null, null));
        AuditFile? accepted = null, denied = null;
        try
        {
            accepted = AuditFile.Open(directory, new(AuditChains.Accepted, anchor.LogId, node, FilesOfAcceptedMax));
            denied = AuditFile.Open(directory, new(AuditChains.Denied, anchor.LogId, node, FilesOfDeniedMax));
            foreach (var file in new[] { changes, accepted, denied })
                if (file.SetAside is { } damaged) logger.AuditDamaged(damaged);
            foreach (var file in new[] { accepted, denied })
                if (file.CutBytes is > 0 and var cut) file.Append(number => AuditRecords.Repaired(number, time.GetUtcNow(), cut));
            var trail = new AuditTrail(changes, accepted, denied, store, time, logger);
            await trail.CheckAgainstLogAsync(cancellationToken);
            return trail;
        }
        catch
        {
            changes.Dispose();
            accepted?.Dispose();
            denied?.Dispose();
            throw;
        }
    }

    /// <summary>Records a refused attempt. Never throws for the disk's sake, never waits for it.</summary>
    public void Denied(DeniedAttempt attempt)
    {
        lock (_lock)
        {
            var isProven = attempt.Actor is not null;
            if (!_budget.TryTake(isProven) || TryWrite(() => _denied.Append(number => AuditRecords.Denied(number, _time.GetUtcNow(), attempt)))) return;
            _budget.Count(isProven);
        }
    }

    /// <summary>Records what proved the author of a call that was done. Never throws for the disk's sake, never waits for it: what cannot be written is told by event 4352.</summary>
    public void Accepted(AcceptedCall call)
    {
        lock (_lock) TryWrite(() => _accepted.Append(number => AuditRecords.Accepted(number, _time.GetUtcNow(), call)));
    }

    /// <summary>A page of a chain, with what is newest in it.</summary>
    /// <param name="chain">One of <see cref="AuditChains"/>.</param>
    /// <param name="after">Records after this number.</param>
    /// <param name="recordsMax">Most records.</param>
    /// <param name="cancellationToken">Stops the wait.</param>
    public async Task<(List<AuditLine> Lines, long Last, Hash256 LastHash)> ReadAsync(string chain, long after, int recordsMax, CancellationToken cancellationToken)
    {
        if (chain == AuditChains.Changes) await CatchUpAsync(cancellationToken);
        var file = chain switch { AuditChains.Changes => _changes, AuditChains.Accepted => _accepted, _ => _denied };
        lock (_lock) return (file.Read(after, recordsMax), file.Last, file.LastHash);
    }

    /// <summary>Records every entry of the log that is not recorded yet.</summary>
    /// <returns>Whether nothing was left.</returns>
    public async Task<bool> CatchUpAsync(CancellationToken cancellationToken)
    {
        await _projecting.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                if (await _store.ReadAsync(_changes.Last, EntriesMax, EntryBytesMax, cancellationToken) is not StoreAnswer<EntryPage>.Done { Value.Entries: var entries }) return false;
                if (entries.Count == 0) return true;
                foreach (var entry in entries)
                    if (!TryWrite(() => _changes.Append(number => AuditRecords.Change(number, entry)))) return false;
            }
        }
        finally
        {
            _projecting.Release();
        }
    }

    /// <summary>Keeps the chains level and durable until cancelled.</summary>
    /// <param name="signal">Wakes at commits.</param>
    /// <param name="cancellationToken">Its end.</param>
    public Task RunAsync(RevisionSignal signal, CancellationToken cancellationToken) => Task.WhenAll(ProjectAsync(signal, cancellationToken), KeepAsync(cancellationToken));

    private async Task ProjectAsync(RevisionSignal signal, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = signal.Next;
            if (!await CatchUpAsync(cancellationToken)) await Task.Delay(RetryAfter, _time, cancellationToken);
            else await next.WaitAsync(cancellationToken);
            await Task.Delay(TimeSpan.FromMilliseconds(100), _time, cancellationToken); // changes that come fast are read together
        }
    }

    private async Task KeepAsync(CancellationToken cancellationToken)
    {
        var (summed, anchored) = (_time.GetTimestamp(), _time.GetTimestamp());
        TellAnchors();
        while (true)
        {
            await Task.Delay(FlushInterval, _time, cancellationToken);
            if (_time.GetElapsedTime(summed) >= SumInterval)
            {
                SumUp();
                summed = _time.GetTimestamp();
            }
            TryWrite(_accepted.Flush);
            TryWrite(_denied.Flush);
            TryWrite(_changes.Flush);
            if (_time.GetElapsedTime(anchored) < AnchorInterval) continue;
            TellAnchors();
            anchored = _time.GetTimestamp();
        }
    }

    private void SumUp()
    {
        lock (_lock)
        {
            if (_budget.Any && TryWrite(() => _denied.Append(number => AuditRecords.DeniedMany(number, _time.GetUtcNow(), _budget.Since, _budget.Proven, _budget.Unproven)))) _budget.Clear();
        }
    }

    /// <summary>The journal is another place: whoever rewrites the files has not rewritten it.</summary>
    private void TellAnchors()
    {
        _logger.AuditAnchor(AuditChains.Changes, _changes.Last, _changes.LastHash);
        _logger.AuditAnchor(AuditChains.Accepted, _accepted.Last, _accepted.LastHash);
        _logger.AuditAnchor(AuditChains.Denied, _denied.Last, _denied.LastHash);
    }

    /// <summary>The newest record of a change must be of the entry that the log has there; after a restored log it may not be.</summary>
    private async Task CheckAgainstLogAsync(CancellationToken cancellationToken)
    {
        if (_changes.Last == 0) return;
        var newest = _changes.Read(_changes.Last - 1, 1)[^1];
        var read = await _store.ReadAsync(_changes.Last - 1, 1, EntryBytesMax, cancellationToken);
        if (read is not StoreAnswer<EntryPage>.Done { Value.Entries: var entries }) return; // unreadable now: the origin says so itself
        using var json = JsonDocument.Parse(newest.Json);
        if (entries.Count == 1 && json.RootElement.TryGetProperty("entry", out var hash) && hash.GetString() == entries[0].Hash.ToString()) return;
        _changes.BeginAnew();
        _logger.AuditDamaged(_changes.SetAside!);
    }

    private bool TryWrite(Action write)
    {
        try
        {
            write();
            _isFailing = false;
            return true;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (!_isFailing) _logger.AuditNotWritten(fault.Message);
            _isFailing = true;
            return false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        SumUp();
        TellAnchors();
        TryWrite(_accepted.Dispose);
        TryWrite(_denied.Dispose);
        TryWrite(_changes.Dispose);
        _projecting.Dispose();
    }
}

internal static partial class AuditTrailLog // event ids 4350-4359: the origin's audit log
{
    [LoggerMessage(EventId = 4350, Level = LogLevel.Information, Message = "Audit chain '{Chain}' is at record {Number}, hash {Hash}. Kept elsewhere, this is an anchor for 'helio audit verify'.")]
    public static partial void AuditAnchor(this ILogger logger, string chain, long number, Hash256 hash);

    [LoggerMessage(EventId = 4351, Level = LogLevel.Error, Message = "A file of the audit log was not what was written, and was set aside as {Name}: look who changed it. The chain goes on and says so.")]
    public static partial void AuditDamaged(this ILogger logger, string name);

    [LoggerMessage(EventId = 4352, Level = LogLevel.Error, Message = "The audit log cannot be written: {Reason} Requests go on; what is not recorded is counted.")]
    public static partial void AuditNotWritten(this ILogger logger, string reason);
}
