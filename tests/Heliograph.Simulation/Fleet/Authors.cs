// SPDX-License-Identifier: Apache-2.0
using System.Globalization;
using System.Text;
using Heliograph.Core.Log;
using Heliograph.Core.Sequencing;
using Heliograph.Core.State;
using Heliograph.Simulation.Checkers;
using Heliograph.Simulation.Kernel;

namespace Heliograph.Simulation.Fleet;

/// <summary>People and programs who change settings: they ask an origin, any that answers, and ask again under the same request id until they know.</summary>
public sealed class Authors(FleetWorld world, SortedDictionary<string, OriginNode> origins)
{
    /// <summary>Groups of keys that always change together.</summary>
    public const int Groups = 3;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(12);

    /// <summary>What is written to; the last ones come and go.</summary>
    public static IReadOnlyList<NamespaceName> Names { get; } = [.. new[] { "shop.web", "shop.cart", "pay.core", "pay.fraud", "preview.one" }.Select(NamespaceName.Parse)];

    /// <summary>A namespace that only some may read, and not always.</summary>
    public static NamespaceName Vault { get; } = NamespaceName.Parse("vault");

    /// <summary>Namespaces that nobody writes to.</summary>
    public static IReadOnlyList<NamespaceName> Crowd(int count) => [.. Enumerable.Range(0, count).Select(i => NamespaceName.Parse(string.Create(CultureInfo.InvariantCulture, $"shop.crowd.n{i}")))];

    private readonly Random _random = world.Scheduler.NewRandom("authors");
    private readonly List<Revision> _revisions = [];
    private readonly List<string> _committed = [];
    private long _lastRequest;

    /// <summary>Whether the realm stands: then everyone may write.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Begins: makes the realm, then several authors at once.</summary>
    public async Task BeginAsync(int authors)
    {
        await SubmitAsync(new Submission.Create(NamespaceName.Realm, "roles", "origin", NextId()) { IsByOrigin = true });
        await SubmitAsync(new Submission.Change(new Changeset(NamespaceName.Realm, [Put("roles/all", """{"subject":"*","role":"reader","namespaces":"shop.*"}"""), Put("roles/pay", """{"subject":"*","role":"reader","namespaces":"pay.*"}"""),
            Put("roles/preview", """{"subject":"*","role":"reader","namespaces":"preview.*"}""")]), "origin", NextId()) { IsByOrigin = true });
        foreach (var name in Names.Append(Vault).Concat(Crowd(world.Options.Crowd))) await SubmitAsync(new Submission.Create(name, "", "amy", NextId()));
        IsReady = true;
        for (var i = 0; i < authors; i++) world.Scheduler.Own(WriteAsync());
    }

    /// <summary>A last change to every namespace, after which nothing more comes.</summary>
    public async Task FinishAsync()
    {
        foreach (var name in Names) await SubmitAsync(Tokens(name));
    }

    private async Task WriteAsync()
    {
        while (!world.IsHealed)
        {
            await world.Scheduler.Delay(_random.HeavyTail(world.Options.ChangeEvery, 20 * world.Options.ChangeEvery));
            if (_random.Chance(0.06)) await RequireRefusedAsync(WrongSubmissions.Draw(_random, NextId()));
            else await SubmitAsync(Next());
            if (_random.Chance(0.15)) SubmitAtOnce(_random.Next(2, 6));
            if (_random.Chance(0.03) && _committed.Count > 0) await RequireRefusedAsync(Tokens(_random.Pick(Names)) with { RequestId = _random.Pick(_committed) });
        }
    }

    /// <summary>Several changes and no wait between them, as a deployment makes them: they meet in one batch.</summary>
    private void SubmitAtOnce(int count)
    {
        for (var i = 0; i < count; i++) world.Scheduler.Own(SubmitAsync(Next()));
    }

    /// <summary>What is wrong is refused whole; so is an old request id for something else.</summary>
    private async Task RequireRefusedAsync(Submission submission)
    {
        var result = await AskAsync(submission);
        world.Scheduler.Tell("author", $"{submission.RequestId} {submission.GetType().Name} must be refused: {result?.GetType().Name ?? "no answer"}");
        if (result is SubmitResult.Committed or SubmitResult.Duplicate or SubmitResult.Unchanged) world.Judge(() => throw new ViolationException("I8", $"{submission.RequestId} should have been refused, and was not."));
    }

    private Submission Next() => _random.Next(100) switch
    {
        < 55 => Tokens(_random.Pick(Names)),
        < 65 => Bulk(_random.Pick(Names)),
        < 68 => new Submission.Unpin(_random.Pick(Names), _random.Chance(0.5), null, "bob", NextId()),
        < 72 => Careful(_random.Pick(Names)),
        < 76 when _revisions.Count > 0 => new Submission.Rollback(_random.Pick(Names), _random.Pick(_revisions), null, "bob", NextId(), "back"),
        < 79 => new Submission.Alter(_random.Pick(Names), _random.Chance(0.3), "described", "bob", NextId()) { IsStamped = _random.Chance(0.5) },
        < 83 => new Submission.Alter(Names[^1], true, null, "bob", NextId()),
        < 86 => new Submission.Delete(Names[^1], "bob", NextId()),
        < 90 => new Submission.Create(Names[^1], "again", "bob", NextId()) { IsStamped = _random.Chance(0.5) },
        < 93 => Roles(),
        < 97 => Named(_random.Pick(Names)),
        < 98 when _revisions.Count > 0 => new Submission.Pin(_random.Pick(Names), _random.Pick(_revisions), null, "bob", NextId(), "hold"),
        _ => Tokens(Vault),
    };

    /// <summary>One token into all keys of a group: whoever sees two tokens sees half a changeset.</summary>
    private Submission.Change Tokens(NamespaceName name)
    {
        var (group, token) = (_random.Next(Groups), NextId());
        return new Submission.Change(new Changeset(name, [.. Enumerable.Range(0, WholeChangesets.GroupKeys).Select(member => (SettingOperation)new SettingOperation.Put(new Setting(WholeChangesets.KeyOf(group, member), token, null, [])))], "tokens"), "amy", token);
    }

    private Submission.Change Bulk(NamespaceName name)
    {
        var keys = Enumerable.Range(0, 1 + _random.Next(5)).Select(_ => string.Create(CultureInfo.InvariantCulture, $"bulk:{_random.Next(30)}")).Distinct();
        var text = new string('v', _random.Next(world.Options.BulkValueBytes));
        return new Submission.Change(new Changeset(name, [.. keys.Select(key => _random.Chance(0.3) ? (SettingOperation)new SettingOperation.Delete(SettingKey.Create(key)) : Put(key, text))]), "amy", NextId());
    }

    /// <summary>Changes that require something: mostly it does not hold.</summary>
    /// <summary>A named snapshot of what an origin shows now, or one that is archived or comes back.</summary>
    private Submission Named(NamespaceName name)
    {
        var (snapshot, now) = ($"release-{_random.Next(4)}", world.Scheduler.Now / TimeSpan.TicksPerMillisecond);
        var shown = origins.Values.Select(origin => origin.Sequencer?.Current.State.Find(name)).FirstOrDefault(found => found is not null);
        if (_random.Chance(0.5) || shown is null) return new Submission.AlterSnapshot(name, snapshot, _random.Chance(0.6), _random.Chance(0.2) ? 7 : null, now, "bob", NextId());
        return new Submission.CreateSnapshot(name, snapshot, shown.Revision, "bob", NextId())
        {
            Definition = Encoding.UTF8.GetBytes("*"),
            Settings = shown.Records.Count,
            Bytes = shown.Records.Bytes,
            ContentHash = shown.StateRoot,
            RetentionSeconds = 3_600,
            AskedAtMs = now,
        };
    }

    private Submission.Change Careful(NamespaceName name)
    {
        var id = NextId();
        Precondition precondition = _random.Next(4) switch
        {
            0 => new Precondition.Exists(),
            1 => new Precondition.Absent(),
            2 when _revisions.Count > 0 => new Precondition.StampedAt(_random.Pick(_revisions)),
            _ => new Precondition.Matches(Hash256.Zero),
        };
        Revision? expected = _random.Chance(0.5) && _revisions.Count > 0 ? _revisions[^1] : null;
        var locked = new Setting(SettingKey.Create("careful", "label"), id, "text/plain", [], IsLocked: _random.Chance(0.3));
        return new Submission.Change(new Changeset(name, [new SettingOperation.Put(locked, precondition)], "careful", expected), "amy", id);
    }

    /// <summary>The role that opens the vault comes and goes.</summary>
    private Submission.Change Roles() => new(new Changeset(NamespaceName.Realm,
        [_random.Chance(0.5) ? Put("roles/vault", """{"subject":"client-5","role":"reader","namespaces":"vault"}""") : new SettingOperation.Delete(SettingKey.Create("roles/vault"))]), "origin", NextId()) { IsByOrigin = true };

    private async Task SubmitAsync(Submission submission)
    {
        world.Acknowledged.Issued(submission.RequestId);
        while (true)
        {
            var result = await AskAsync(submission);
            if (_random.Chance(0.02) && result is not null) result = null; // the answer is lost on its way to the author
            world.Scheduler.Tell("author", $"{submission.RequestId} {submission.GetType().Name} {submission.Namespace}: {result?.GetType().Name ?? "no answer"}");
            switch (result)
            {
                case SubmitResult.Committed committed: Committed(submission.RequestId, committed.Entry); return;
                case SubmitResult.Duplicate duplicate: Committed(submission.RequestId, duplicate.Entry); return;
                case null or SubmitResult.OutcomeUnknown: world.Acknowledged.MayBeWritten(submission.RequestId); break;
                case SubmitResult.Overloaded or SubmitResult.Unavailable or SubmitResult.ReadOnly or SubmitResult.StoreFull: break;
                default:
                    world.Acknowledged.Refused(submission.RequestId);
                    return;
            }
            if (world.IsHealed && !IsWorthTrying(submission)) return;
            await world.Scheduler.Delay(_random.Between(TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(2)));
        }
    }

    /// <summary>When everything is healed, only the last changes matter.</summary>
    private static bool IsWorthTrying(Submission submission) => submission is Submission.Change { Changeset.Message: "tokens" };

    private void Committed(string requestId, LogEntry entry)
    {
        world.Judge(() => world.Acknowledged.Acknowledged(requestId, entry.Revision, entry.Hash));
        _revisions.Add(entry.Revision);
        _committed.Add(requestId);
    }

    /// <summary>Asks one of the origins that run. No answer within the author's patience is none.</summary>
    private Task<SubmitResult?> AskAsync(Submission submission)
    {
        var answered = new TaskCompletionSource<SubmitResult?>(TaskCreationOptions.RunContinuationsAsynchronously);
        world.Scheduler.After(_patience, () => answered.TrySetResult(null));
        var running = origins.Values.Where(origin => origin.Sequencer is not null).ToArray();
        if (running.Length > 0)
        {
            var origin = _random.Pick(running);
            origin.Process.Run(_ => world.Scheduler.Own(AnswerAsync(origin, submission, answered)), null);
        }
        else world.Scheduler.After(TimeSpan.FromMilliseconds(100), () => answered.TrySetResult(new SubmitResult.Unavailable("no origin runs", TimeSpan.Zero)));
        return answered.Task;
    }

    private async Task AnswerAsync(OriginNode origin, Submission submission, TaskCompletionSource<SubmitResult?> answered)
    {
        if (_random.Chance(0.05)) await LookAroundAsync(origin, submission);
        var result = await origin.Sequencer!.SubmitAsync(submission, CancellationToken.None);
        world.Scheduler.After(TimeSpan.FromMilliseconds(1), () => answered.TrySetResult(result));
    }

    /// <summary>Reads as the interface for people does: a preview, and the past.</summary>
    private async Task LookAroundAsync(OriginNode origin, Submission submission)
    {
        await origin.Sequencer!.PreviewAsync(submission, CancellationToken.None);
        world.Judge(() => Auditor.Audit(origin.Sequencer.Current, origin.Host.Name, _random));
        foreach (var sequence in origin.Sequencer.History.SequencesBefore(submission.Namespace, long.MaxValue, 3))
        {
            if (await origin.Sequencer.History.FindAsync(submission.Namespace, sequence, CancellationToken.None) is StoreAnswer<PastNamespace?>.Done { Value: { } past })
                world.Judge(() => WholeChangesets.Verify(past.Records, origin.Host.Name, submission.Namespace.Value, Groups));
            await origin.Sequencer.History.ReadEntryAsync(sequence, CancellationToken.None);
        }
    }

    private string NextId() => string.Create(CultureInfo.InvariantCulture, $"request-{++_lastRequest}");

    private static SettingOperation.Put Put(string key, string value) => new SettingOperation.Put(Setting.Of(key, value));
}
