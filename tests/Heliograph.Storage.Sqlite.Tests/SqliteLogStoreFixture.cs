// SPDX-License-Identifier: Apache-2.0
using Heliograph.Conformance.Log;
using Heliograph.Core.Log;
using Heliograph.Storage.Sqlite.Tests.Support;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Xunit;

namespace Heliograph.Storage.Sqlite.Tests;

/// <summary>The suite's means for SQLite: one process has the file, so its second client is the store itself.</summary>
internal sealed class SqliteLogStoreFixture : LogStoreFixture
{
    private readonly ScratchDirectory _directory = new();
    private readonly FakeTimeProvider _time = new();
    private readonly StoreHarm _harm = new();

    public override async ValueTask<ILogStore> OpenAsync(CancellationToken cancellationToken) => await SqliteLogStore.OpenAsync(
        new() { Path = _directory.File("log.db"), LogId = LogId, Probe = _harm.Probe }, _time, NullLogger.Instance, cancellationToken);

    public override ValueTask<ILogStore> ConnectAsync(ILogStore open, CancellationToken cancellationToken) => ValueTask.FromResult(open);

    public override ValueTask PassAsync(TimeSpan time)
    {
        _time.Advance(time);
        return ValueTask.CompletedTask;
    }

    public override void HarmNext(ILogStore open, Harm harm) => _harm.HarmNext(harm);

    public override IDisposable Stall(ILogStore open) => _harm.Stall();

    public override async ValueTask DamageAsync(ILogStore open, long sequence, CancellationToken cancellationToken)
    {
        await using var connection = new SqliteConnection($"Data Source={_directory.File("log.db")};Pooling=False");
        await connection.OpenAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE entry SET bytes = CAST(substr(bytes, 1, length(bytes) - 1) || X'00' AS BLOB) WHERE seq = $seq";
        command.Parameters.AddWithValue("$seq", sequence);
        Assert.Equal(1, await command.ExecuteNonQueryAsync(cancellationToken));
    }

    public override ValueTask DisposeAsync()
    {
        _harm.Dispose();
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>The suite of the log port on SQLite.</summary>
public sealed class SqliteLogStoreConformanceTests : LogStoreConformance
{
    protected override LogStoreFixture CreateFixture() => new SqliteLogStoreFixture();
}
