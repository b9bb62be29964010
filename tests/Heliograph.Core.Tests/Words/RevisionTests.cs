// SPDX-License-Identifier: Apache-2.0
using CsCheck;
using Xunit;

namespace Heliograph.Core.Tests.Words;

public sealed class RevisionTests
{
    private static readonly Gen<Revision> Revisions =
        Gen.Select(Gen.OneOf(Gen.Int[0, 3], Gen.Int[0, int.MaxValue]), Gen.OneOf(Gen.Long[0, 3], Gen.Long[0, long.MaxValue]), (epoch, sequence) => new Revision(epoch, sequence));

    [Fact]
    public void What_is_written_is_read_back() => Revisions.Sample(revision =>
    {
        Assert.True(Revision.TryParse(revision.ToString(), out var read));
        Assert.Equal(revision, read);
    });

    [Fact]
    public void Whatever_is_read_has_one_way_to_be_written() => Gen.Char["0123456789.-+ e"].Array[0, 6].Select(chars => new string(chars)).Sample(text =>
    {
        if (Revision.TryParse(text, out var revision)) Assert.Equal(text, revision.ToString());
        else Assert.Equal(Revision.None, revision);
    }, iter: 20_000);

    [Fact]
    public void The_epoch_counts_before_the_sequence() => Gen.Select(Revisions, Revisions).Sample((left, right) =>
    {
        var isAfter = left.Epoch > right.Epoch || (left.Epoch == right.Epoch && left.Sequence > right.Sequence);

        Assert.Equal(isAfter, left.IsAfter(right));
        Assert.Equal(isAfter, right.IsBefore(left));
        Assert.Equal(left == right, left.CompareTo(right) == 0);
    });

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData(".1")]
    [InlineData("1.")]
    [InlineData("01.1")]
    [InlineData("1.01")]
    [InlineData("1.1.1")]
    [InlineData("-1.1")]
    [InlineData("+1.1")]
    [InlineData(" 1.1")]
    [InlineData("1.1 ")]
    [InlineData("2147483648.1")]
    [InlineData("1.9223372036854775808")]
    public void What_is_no_revision_is_refused(string text) => Assert.False(Revision.TryParse(text, out _));

    [Fact]
    public void Negative_parts_cannot_be()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Revision(-1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Revision(0, -1));
    }

    [Fact]
    public void The_next_revision_stays_in_its_epoch_and_never_wraps()
    {
        Assert.Equal(new Revision(2, 8), new Revision(2, 7).Next());
        Assert.Throws<OverflowException>(() => new Revision(1, long.MaxValue).Next());
    }
}
