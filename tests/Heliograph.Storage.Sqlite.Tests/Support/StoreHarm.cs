// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Storage.Sqlite.Engine;
using Microsoft.Data.Sqlite;

namespace Heliograph.Storage.Sqlite.Tests.Support;

/// <summary>Sits on a store's probe: fails the next step as a disk would, or holds up the writer.</summary>
internal sealed class StoreHarm : IDisposable
{
    private const int DiskError = 10; // SQLITE_IOERR

    private readonly ManualResetEventSlim _gate = new(initialState: true);
    private Harm? _next;

    public void Probe(StoreStep step)
    {
        if (step == StoreStep.BeforeBegin) _gate.Wait();
        var at = _next switch
        {
            Harm.LoseRequest => step is StoreStep.BeforeBegin or StoreStep.BeforeRead,
            Harm.LoseAnswer => step is StoreStep.AfterCommit or StoreStep.BeforeRead,
            _ => false,
        };
        if (!at) return;
        _next = null;
        throw new SqliteException("Injected.", DiskError, DiskError);
    }

    public void HarmNext(Harm harm) => _next = harm;

    public IDisposable Stall()
    {
        _gate.Reset();
        return new Opener(_gate);
    }

    public void Dispose() => _gate.Dispose();

    private sealed class Opener(ManualResetEventSlim gate) : IDisposable
    {
        public void Dispose() => gate.Set();
    }
}
