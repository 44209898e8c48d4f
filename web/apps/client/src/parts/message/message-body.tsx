/** What was said, with its formatting: always made piece by piece, never set as HTML. */

import { Link, makeStyles, tokens } from "@fluentui/react-components";
import { Fragment, type ReactNode, useMemo } from "react";
import { trusted } from "../../app/trusted";
import { isFormatted, type Piece, piecesOf, type Tag } from "./pieces";
import { isEmojiOnly, plainPieces, withLinks } from "./plain";
import { rtfPieces } from "./rtf";

const useStyles = makeStyles({
	body: {
		whiteSpace: "pre-wrap",
		overflowWrap: "anywhere",
		// By the direction of each paragraph, not by the page's.
		unicodeBidi: "plaintext",
		textAlign: "start",
		"& p": { margin: 0 },
		// On which side its mark stands is the list's.
		"& li": { unicodeBidi: "plaintext" },
		"& ul, & ol": { marginBlock: "2px", paddingInlineStart: "24px" },
		"& pre, & code": { fontFamily: tokens.fontFamilyMonospace, fontSize: "0.95em", margin: 0, whiteSpace: "pre-wrap" },
		"& blockquote": {
			marginBlock: "2px",
			marginInline: 0,
			paddingInlineStart: "10px",
			borderInlineStartWidth: "3px",
			borderInlineStartStyle: "solid",
			borderInlineStartColor: tokens.colorNeutralStroke1,
		},
	},
	large: { fontSize: "32px", lineHeight: "40px" },
});

export interface MessageBodyProps {
	readonly text: string;
	readonly html?: string | undefined;
	readonly rtf?: string | undefined;
}

export function MessageBody({ text, html, rtf }: MessageBodyProps) {
	const styles = useStyles();
	const pieces = useMemo(() => {
		if (html !== undefined) {
			const made = piecesOf(trusted.parse(html).body);
			if (isFormatted(made)) return withLinks(made);
		}
		if (rtf !== undefined) return withLinks(rtfPieces(rtf));
		return plainPieces(text);
	}, [text, html, rtf]);
	if (isEmojiOnly(text)) return <div className={styles.large}>{text}</div>;
	return (
		<div className={styles.body} dir="auto">
			{shown(pieces)}
		</div>
	);
}

function shown(pieces: readonly Piece[]): ReactNode {
	return pieces.map((piece, at) => {
		const key = at;
		if ("text" in piece) return <Fragment key={key}>{piece.text}</Fragment>;
		if (piece.tag === "br") return <br key={key} />;
		if (piece.tag === "a") {
			return (
				<Link
					key={key}
					inline
					dir={directionOf(piece)}
					href={piece.href}
					target="_blank"
					rel="noopener noreferrer nofollow"
				>
					{shown(piece.children)}
				</Link>
			);
		}
		const Tag = piece.tag;
		return (
			<Tag key={key} {...(BLOCKS.has(Tag) ? { dir: "auto" } : {})}>
				{shown(piece.children)}
			</Tag>
		);
	});
}

/** What runs by a direction of its own: a paragraph, and what is written in another language than the words around it. */
const BLOCKS: ReadonlySet<Tag> = new Set(["p", "ul", "ol", "blockquote", "pre", "code"]);

/** An address is read from left to right wherever it stands; the name of a link as it is written. */
function directionOf({ href, children }: Extract<Piece, { readonly tag: Tag }>): "ltr" | "auto" {
	const [first] = children;
	return children.length === 1 && first && "text" in first && href?.startsWith(first.text.slice(0, 8)) ? "ltr" : "auto";
}
