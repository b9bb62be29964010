// SPDX-License-Identifier: Apache-2.0
using Microsoft.Extensions.Logging;

namespace Heliograph.Scale.Tree;

/// <summary>Hears in a client's log when it follows a parent and when it loses one, and writes both down. Warnings of other kinds go to standard error.</summary>
internal sealed class ConnectionJournal(int client, JournalWriter journal) : ILoggerFactory, ILogger
{
    private const int ParentLost = 2101, Following = 2102; // FollowerLog's

    public ILogger CreateLogger(string categoryName) => this;

    public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException("It writes to the journal only.");

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        switch (eventId.Id)
        {
            case ParentLost:
                journal.Add(new(JournalEvent.Lost, client, JournalLine.MicrosNow, Revision.None, -1));
                break;
            case Following:
                journal.Add(new(JournalEvent.Following, client, JournalLine.MicrosNow, Revision.None, -1));
                break;
            default:
                if (logLevel >= LogLevel.Warning) Console.Error.WriteLine($"client {client}: [{eventId.Id}] {formatter(state, exception)}");
                break;
        }
    }

    public void Dispose()
    {
    }
}
